"""How the tools themselves are called."""
