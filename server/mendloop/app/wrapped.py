"""A session of a sandbox that stands before another one."""

from mendloop.app.ports import SandboxSession
from mendloop.model.observation import SandboxState
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """What does not differ from the session within."""

    inner: SandboxSession

    @property
    def state(self) -> SandboxState:
        """What holds the code in."""
        return self.inner.state

    def cpu_seconds(self) -> float:
        """The CPU time used so far."""
        return self.inner.cpu_seconds()
