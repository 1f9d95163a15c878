"""The services of the loop, in the order in which data flows through them: the agent's door.

What runs versions against recorded calls is a fifth of all modules, and loads with its first work:
a server is started by somebody who waits. The stub beside this says what the doors to it are.
"""

from collections.abc import Callable
from typing import Final

from mendloop.app.call import Caller
from mendloop.app.deploy import Deployer
from mendloop.app.detect import Detector
from mendloop.app.monitor import Monitor
from mendloop.app.propose import Proposer
from mendloop.app.read import Reader
from mendloop.app.record import Recorder
from mendloop.app.rollback import Roller
from mendloop.app.stop import Stopper
from mendloop.app.survey import Surveyor
from mendloop.noun import dataclass

_STUDY: Final = frozenset({"investigator", "generator", "validator", "comparer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """All that an agent may call."""

    caller: Caller
    recorder: Recorder
    detector: Detector
    proposer: Proposer
    deployer: Deployer
    monitor: Monitor
    roller: Roller
    stopper: Stopper
    reader: Reader
    surveyor: Surveyor
    study: Callable[[], object]
    """Makes the investigator, the generator, the validator and the comparer, once."""

    def __getattr__(self, name: str) -> object:
        """One of those four."""
        if name not in _STUDY:
            raise AttributeError(name)
        return getattr(self.study(), name)
