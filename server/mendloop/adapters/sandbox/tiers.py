"""What was found of a sandbox by trying, and what a person can do where it is not enough."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from mendloop.adapters.sandbox.process import Report
from mendloop.errors import Unavailable
from mendloop.model.observation import SandboxState

TIERS: Final = ("A", "B")
"""From the best down."""
_KERNEL: Final = (
    "Linux 5.19 or later is needed, with Landlock (`cat /sys/kernel/security/lsm` names it; else "
    "boot with `lsm=landlock,...`), on x86_64 or aarch64; in a container also a seccomp profile "
    "that allows landlock_* and seccomp (`docker run --security-opt seccomp=...`)."
)
_SPACES: Final = (
    "For tier A let bubblewrap make namespaces: "
    "`sysctl kernel.apparmor_restrict_unprivileged_userns=0` or an AppArmor profile for bwrap, "
    "`sysctl user.max_user_namespaces=10000`, and in a container a seccomp profile that allows "
    "unshare, clone and mount (`docker run --security-opt seccomp=...`)."
)
_SETUID: Final = (
    'For tier A take the setuid bit from bubblewrap (`chmod u-s,g-s "$(command -v bwrap)"`), or '
    "install a build without it."
)
_ROOM: Final = "Free some memory or processes, and try again."
_MENDING: Final = (
    ("it could not be started", _ROOM),
    ("bubblewrap is not installed", "For tier A install bubblewrap: `apt-get install bubblewrap`."),
    ("bubblewrap is setuid", _SETUID),
    ("namespace", _SPACES),
    ("uid map", _SPACES),
    ("bwrap:", _SPACES),
    ("in common", _SPACES),
    ("of the server", _SPACES),
    ("it ended before it was up", _SPACES),
)
"""What to look for in what is missing, and how it is mended; the first that is found counts."""


def tiers(least: str, best: str) -> tuple[str, ...]:
    """The tiers to try, in order.

    Raises:
        Unavailable: This machine has none that is demanded.
    """
    wanted = tuple(tier for tier in TIERS if best <= tier <= least)
    if sys.platform != "linux" or not wanted:
        raise Unavailable(
            f"A sandbox of tier {least} cannot be had on {sys.platform}.",
            hint="Run on Linux, and set `sandbox.tier` to A or B.",
        )
    return wanted


def state_of(report: Report, tier: str) -> SandboxState:
    """What a report comes to: every probe must have failed to do what it tried."""
    open_ways = tuple(name for name, seen in report.probes.items() if seen != "denied")
    missing = (report.why,) if report.why else open_ways
    if not report.why and not report.probes:
        missing = ("the probes did not run",)
    return SandboxState(
        tier="none" if missing else tier,
        layers={**report.layers, **report.probes},
        missing=missing,
        hints=hints(missing),
    )


def not_there(why: str) -> SandboxState:
    """That a tier did not even start."""
    return SandboxState(tier="none", layers={}, missing=(why,), hints=hints((why,)))


def hints(missing: Iterable[str]) -> tuple[str, ...]:
    """How each thing that is missing can be mended; each way once."""
    ways = (next((way for part, way in _MENDING if part in each), _KERNEL) for each in missing)
    return tuple(dict.fromkeys(ways))


def beside(state: SandboxState, failed: Sequence[SandboxState]) -> SandboxState:
    """What holds, with what was tried before and does not."""
    better = tuple(why for each in failed for why in each.missing)
    if not better:
        return state
    layers = {**state.layers, f"tier {TIERS[0]}": f"not here: {'; '.join(better)}"}
    return replace(state, layers=layers, hints=hints(better))


def refused(failed: Sequence[SandboxState]) -> SandboxState:
    """That nothing holds which is demanded."""
    missing = tuple(dict.fromkeys(why for each in failed for why in each.missing))
    layers = {name: seen for each in failed for name, seen in each.layers.items()}
    return SandboxState(tier="none", layers=layers, missing=missing, hints=hints(missing))
