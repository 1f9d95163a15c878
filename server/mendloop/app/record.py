"""Stage 1: keep what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mendloop.app.monitor import Monitor
from mendloop.app.ports import Clock, Ids
from mendloop.core.record.fingerprint import fingerprint
from mendloop.core.record.read import Unreadable, read_record
from mendloop.core.record.redact import Redactor
from mendloop.model.execution import Execution, Fault
from mendloop.model.ids import ExecutionId
from mendloop.model.value import Encoded
from mendloop.store.history import History


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRecord:
    """A record that could not be read."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of a batch."""

    ids: tuple[ExecutionId, ...]
    new: int
    refused: tuple[RefusedRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """The record stage: the one way into the history."""

    history: History
    monitor: Monitor
    redactor: Redactor
    clock: Clock
    ids: Ids

    async def record(self, raw: Sequence[object]) -> Recorded:
        """Keep the records that can be read, and say why the others cannot.

        A record whose id is known already changes nothing.
        """
        executions: list[Execution] = []
        refused: list[RefusedRecord] = []
        now = self.clock.now()
        for position, record in enumerate(raw):
            match read_record(record, now=now, new_id=lambda: self.ids.new("x")):
                case Unreadable(reason=reason):
                    refused.append(RefusedRecord(position=position, reason=reason))
                case read:
                    executions.append(read)
        new = await self.keep(executions)
        return Recorded(
            ids=tuple(execution.id for execution in executions), new=new, refused=tuple(refused)
        )

    async def keep(self, executions: Sequence[Execution]) -> int:
        """Keep executions, without secrets, and let the monitor judge them.

        Returns:
            How many were new.
        """
        new = await self.history.add([self._ready(execution) for execution in executions])
        if new:
            await self.monitor.catch_up({execution.target for execution in executions})
        return new

    async def label(self, wanted: ExecutionId, *, expected: Encoded, known: bool) -> Execution:
        """Note that an execution returned something wrong.

        Args:
            wanted: The execution.
            expected: The right result.
            known: Whether the right result is known; if not, ``expected`` does not count.

        Raises:
            NotFound: There is no such execution.
        """
        before = await self.history.get(wanted)
        labelled = await self.history.label(wanted, expected=expected, known=known)
        if not before.outcome.failed:
            await self.monitor.count_late_failure(labelled)
        return labelled

    def _ready(self, execution: Execution) -> Execution:
        clean = self.redactor.clean(execution)
        if not clean.outcome.failed:
            return clean
        fault = clean.error or Fault(type=clean.outcome.value, message="")
        return replace(clean, fingerprint=fingerprint(fault, clean.outcome))
