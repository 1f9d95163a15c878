"""What a calibration has measured, for whoever runs it with ``pytest -s``."""


def say(figures: str) -> None:
    """Show some figures."""
    print(figures)  # noqa: T201  they are what the run is for
