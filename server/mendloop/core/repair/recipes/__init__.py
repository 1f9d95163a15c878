"""One kind of change each, with the examples that define it."""
