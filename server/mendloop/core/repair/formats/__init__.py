"""Where a value stands in a file of each format, so that only its own characters change."""
