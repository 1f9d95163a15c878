"""What the product promises about safety. Every promise is kept by a test that names it."""

PROMISES: dict[str, str] = {}
