"""A safe self-improvement loop over the Python tools that a coding agent uses."""

__version__ = "0.1.0"
