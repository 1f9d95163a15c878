"""What a person sees: calm, and the same words on a terminal and in a pipe."""
