"""Numbers: proportions, ranks, sequential tests."""
