"""Stage 3: find the likely cause."""
