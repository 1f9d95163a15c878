"""The calls that look: how things stand, what is wrong, and why."""

from datetime import timedelta

from mendloop.app.loop import Loop
from mendloop.app.ports import Progress, silent
from mendloop.interfaces.answers.detect import DetectAnswer
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.interfaces.answers.status import StatusAnswer
from mendloop.interfaces.calls.check import one_of
from mendloop.interfaces.calls.probed import Probed


async def status(loop: Loop, probed: Probed | None = None) -> StatusAnswer:
    """Say how things stand.

    Args:
        loop: Whose state it is.
        probed: What remembers the sandbox from one call to the next, where there are several.

    Raises:
        Unavailable: A database cannot be read.
    """
    tier = await (probed or Probed(loop.reader)).tier()
    return StatusAnswer.of(await loop.reader.status(), tier)


async def detect(
    loop: Loop, *, target: str | None = None, window_hours: float | None = None
) -> DetectAnswer:
    """Look for what fails or has grown worse.

    Raises:
        NotFound: There is no such target, neither declared nor recorded.
    """
    window = None if window_hours is None else timedelta(hours=window_hours)
    return DetectAnswer.of(await loop.detector.detect(target, window=window))


async def investigate(
    loop: Loop,
    *,
    incident: str | None = None,
    target: str | None = None,
    progress: Progress = silent,
) -> InvestigateAnswer:
    """Look for the cause of an incident, or of a target's failures.

    Raises:
        InvalidInput: Neither is named, or both.
        NotFound: There is no such incident or target.
        Unavailable: The sandbox does not hold on this machine.
    """
    one_of(incident=incident, target=target)
    return InvestigateAnswer.of(
        await loop.investigator.investigate(incident=incident, target=target, progress=progress)
    )
