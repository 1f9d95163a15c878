from collections.abc import Callable
from dataclasses import dataclass

from mendloop.app.call import Caller
from mendloop.app.compare import Comparer
from mendloop.app.deploy import Deployer
from mendloop.app.detect import Detector
from mendloop.app.generate import Generator
from mendloop.app.investigate import Investigator
from mendloop.app.monitor import Monitor
from mendloop.app.propose import Proposer
from mendloop.app.read import Reader
from mendloop.app.record import Recorder
from mendloop.app.rollback import Roller
from mendloop.app.stop import Stopper
from mendloop.app.survey import Surveyor
from mendloop.app.validate import Validator

@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
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
    @property
    def investigator(self) -> Investigator: ...
    @property
    def generator(self) -> Generator: ...
    @property
    def validator(self) -> Validator: ...
    @property
    def comparer(self) -> Comparer: ...
