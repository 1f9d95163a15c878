"""What runs in the process of the user's tools: the standard library and nothing else."""
