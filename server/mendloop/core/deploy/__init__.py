"""Stage 6: what may be put back, and to what."""
