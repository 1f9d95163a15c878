"""Stage 8: what a kind of fix is worth."""
