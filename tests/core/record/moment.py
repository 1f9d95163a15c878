"""The time at which records are read here."""

from datetime import UTC, datetime
from typing import Final

NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
