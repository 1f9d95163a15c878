"""Stage 1: keep what happened, without secrets."""
