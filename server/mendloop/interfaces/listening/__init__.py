"""What every HTTP face of ours shares: where it listens, and who may speak to it."""
