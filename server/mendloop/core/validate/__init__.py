"""Stage 5: observations to a verdict."""
