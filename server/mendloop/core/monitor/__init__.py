"""Stage 7: better, worse, or too soon to say."""
