"""What became of an attempt in a sandbox, told so that another process can tell it too."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from mendloop.adapters.sandbox.linux import LinuxSession
from mendloop.app.ports import Limits, Program
from mendloop.model.observation import Case, NotLoaded, Returned

LIMITS = Limits(case_timeout=timedelta(seconds=0.3), total_timeout=timedelta(seconds=20))
PATIENT = Limits(case_timeout=timedelta(seconds=8), total_timeout=timedelta(seconds=20))
_PATH = "tools/candidate.py"


@dataclass(frozen=True, slots=True)
class Told:
    """One answer, in short."""

    kind: str
    """The kind of observation."""
    value: Any
    """What was returned, if something was; else nothing."""
    text: str
    """The beginning of the whole."""
    size: int
    """How long the whole is."""

    def plain(self) -> dict[str, Any]:
        """It, as JSON can hold it."""
        return asdict(self)


async def tried(
    session: LinuxSession,
    source: str,
    *arguments: Any,
    writes: bool = False,
    limits: Limits = LIMITS,
    beside: dict[str, str] | None = None,
) -> Told:
    """What one call comes to."""
    files = {_PATH: source, **(beside or {})}
    program = Program(
        overlay={path: text.encode() for path, text in files.items()},
        path=_PATH,
        function="f",
        writes_files=writes,
    )
    answer = await session.observe(program, [Case(id="1", args=arguments)], limits=limits)
    seen = answer if isinstance(answer, NotLoaded) else answer[0].seen
    value = seen.value if isinstance(seen, Returned) else None
    return Told(type(seen).__name__, value, str(seen)[:500], len(repr(seen)))
