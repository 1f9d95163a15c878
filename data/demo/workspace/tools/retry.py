"""When a job that failed is tried again."""

import tomllib
import zlib
from pathlib import Path

SETTINGS = tomllib.loads(
    (Path(__file__).parent.parent / "settings.toml").read_text(encoding="utf-8")
)["retry"]


def delay(job, attempt):
    """Return how many seconds to wait before an attempt, counted from 1.

    The pause doubles with each attempt. Jobs are spread by up to a quarter of the pause, so that
    they do not all come back at once.
    """
    if attempt > SETTINGS["limit"]:
        raise RuntimeError(f"attempt {attempt} is past the limit: {job!r}")
    pause = min(SETTINGS["first_seconds"] * 2 ** (attempt - 1), SETTINGS["cap_seconds"])
    spread = zlib.crc32(job.encode()) % 1000 / 1000
    return round(pause * (1 + spread / 4), 2)
