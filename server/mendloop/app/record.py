"""Stage 1: keep what happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final, cast

from mendloop.app.actor import actor
from mendloop.app.monitor import Monitor
from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Clock, Ids, Workspace
from mendloop.app.spent import Budgets
from mendloop.core.governance.tokens import TOKENS
from mendloop.core.record.read import Unreadable, prepared, read_record
from mendloop.core.record.redact import Redactor
from mendloop.core.record.texts import one_line
from mendloop.core.record.values import Malformed, answer
from mendloop.errors import InvalidInput
from mendloop.model.execution import Execution, Source
from mendloop.model.graph import has_graph
from mendloop.model.ids import ExecutionId, TargetName
from mendloop.model.incoming import BadLine, ReadLine
from mendloop.model.rollup import Mark, Quarantined
from mendloop.model.value import Encoded
from mendloop.noun import dataclass
from mendloop.store.history import History
from mendloop.store.state import State

_EXCERPT: Final = 200
"""Characters of a refused record that are kept aside."""


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


@dataclass(slots=True)
class Batch:
    """Records that were read, and those that could not be."""

    executions: list[Execution] = field(default_factory=list[Execution])
    aside: list[Quarantined] = field(default_factory=list[Quarantined])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """The record stage: the one way into the history."""

    history: History
    state: State
    monitor: Monitor
    workspace: Workspace
    redactor: Redactor
    budgets: Budgets
    clock: Clock
    ids: Ids
    observer: Observer = SILENT

    @observed(Act.RECORD)
    async def record(self, raw: Sequence[object]) -> Recorded:
        """Keep the records that can be read, and say why the others cannot.

        A record whose id is known already changes nothing, unless its writer saw more of the call.
        """
        lines = [ReadLine(position, record) for position, record in enumerate(raw)]
        batch = self.read(lines, origin="client")
        new = await self.keep(batch.executions)
        return Recorded(
            ids=tuple(execution.id for execution in batch.executions),
            new=new,
            refused=tuple(
                RefusedRecord(position=each.position, reason=each.reason) for each in batch.aside
            ),
        )

    def read(self, lines: Iterable[ReadLine | BadLine], *, origin: str) -> Batch:
        """Executions without secrets, and with their fingerprints; and what is put aside.

        Args:
            lines: As they came.
            origin: Where from: a file's name, or ``client``.
        """
        batch, now = Batch(), self.clock.now()
        declared: Mapping[str, TargetName] | None = None
        for line in lines:
            if isinstance(line, BadLine):
                batch.aside.append(self._bad(line, origin))
                continue
            given: object = line.record
            record = given
            if isinstance(given, dict) and "function" in given:
                declared = self._declared() if declared is None else declared
                record = _as_declared(cast("dict[str, object]", given), declared)
            read = read_record(record, now=now, new_id=self._new_id, text=line.text)
            text = None if line.text is None else line.text.decode("utf-8", "replace")
            if isinstance(read, Unreadable):
                bad = BadLine(line.number, read.reason, line.file, excerpt=text or "")
                batch.aside.append(self._bad(bad, origin))
            else:
                batch.executions.append(prepared(read, text, self.redactor))
        return batch

    async def keep(self, executions: Sequence[Execution]) -> int:
        """Keep executions, without secrets, and let the monitor judge them.

        Returns:
            How many were new.
        """
        clean = [prepared(execution, None, self.redactor) for execution in executions]
        return await self.take(Batch(clean), mark=None) or 0

    async def take(self, batch: Batch, *, mark: Mark | None) -> int | None:
        """Keep what was read, and how far, in one transaction; then let the monitor judge it.

        Returns:
            How many were new; ``None`` where another process has read this part already.
        """
        new = await self.history.ingest(batch.executions, mark=mark, quarantined=batch.aside)
        if any(execution.target == TOKENS for execution in batch.executions):
            await self.budgets.count_tokens()
        if new:
            await self.monitor.catch_up({execution.target for execution in batch.executions})
        return new

    @observed(Act.RECORD)
    async def label(self, wanted: ExecutionId, *, expected: Encoded, known: bool) -> Execution:
        """Note that an execution returned something wrong.

        Args:
            wanted: The execution.
            expected: The right result.
            known: Whether the right result is known; if not, ``expected`` does not count.

        Raises:
            NotFound: There is no such execution.
            InvalidInput: A graph of objects in the result cannot be.
            Unavailable: It cannot be put on record.
        """
        if has_graph(expected):
            expected = _graph(expected)
        before = await self.history.get(wanted)
        # on record first: the two are files of their own, and a label that nobody knows of would
        # be evidence out of nowhere
        async with self.state.transaction() as tables:
            await tables.audit.append(
                "labelled",
                {"execution": wanted, "target": before.target, "known": known, "by": actor()},
                at=self.clock.now(),
            )
        labelled = await self.history.label(
            wanted, expected=self.redactor.value(expected), known=known
        )
        if not before.outcome.failed:
            await self.monitor.count_late_failure(labelled)
        return labelled

    def _new_id(self) -> str:
        return self.ids.new("x")

    def _declared(self) -> Mapping[str, TargetName]:
        """The names of the declared functions, by where their code is."""
        try:
            targets = self.workspace.manifest().targets
        except InvalidInput:  # said wherever the manifest is needed; a record is kept all the same
            return {}
        return {f"{target.path}:{target.selector}": name for name, target in targets.items()}

    def _bad(self, line: BadLine, origin: str) -> Quarantined:
        excerpt = self.redactor.text(line.excerpt[: 4 * _EXCERPT])
        return Quarantined(
            origin=line.file or origin,
            position=line.number,
            reason=line.reason,
            excerpt=one_line(excerpt, most=_EXCERPT),
        )


def _graph(expected: Encoded) -> Encoded:
    """An expected result that holds a graph of objects, in the one form of it.

    Raises:
        InvalidInput: There can be no such graph.
    """
    try:
        return answer(expected, "expected")
    except Malformed as wrong:
        raise InvalidInput(
            str(wrong), hint='Send {"$graph": [shapes, objects, root]} as README describes it.'
        ) from wrong


def _as_declared(
    record: dict[str, object], declared: Mapping[str, TargetName]
) -> Mapping[str, object]:
    """A record under the name that the manifest gives to the code that ran.

    What a pytest run says of a test function stays the test's own.
    """
    function = record["function"]
    if not isinstance(function, str) or record.get("source") == Source.PYTEST:
        return record
    name = declared.get(function)
    return record if name is None else {**record, "target": name}
