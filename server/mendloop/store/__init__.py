"""The two SQLite files, and the only SQL."""
