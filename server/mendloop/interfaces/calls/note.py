"""The calls that make history: a call of a tool, and records of calls made elsewhere."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final, cast

from mendloop.app.actor import actor
from mendloop.app.loop import Loop
from mendloop.app.record import Recorded, RefusedRecord
from mendloop.core.record.hook import Noted, Passed, read_hook
from mendloop.core.record.read import Unreadable
from mendloop.errors import InvalidInput
from mendloop.interfaces.answers.arguments import MOST_RECORDS, Label
from mendloop.interfaces.answers.record import RecordAnswer, RunAnswer
from mendloop.interfaces.calls.check import one_of
from mendloop.model.execution import Source
from mendloop.model.ids import ExecutionId
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

_MOST_SEEN: Final = 1_000
_NOTHING: Final = Recorded(ids=(), new=0, refused=())


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """Which servers were called in which session, of the newest thousand pairs."""

    _seen: OrderedDict[tuple[str, str], None] = field(
        default_factory=OrderedDict[tuple[str, str], None]
    )

    def first(self, session: str, server: str) -> bool:
        """Whether a session has not called a server before; from now on it has."""
        pair = (session, server)
        new = pair not in self._seen
        self._seen[pair] = None
        self._seen.move_to_end(pair)
        if len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
        return new


async def run_tool(
    loop: Loop,
    *,
    target: str,
    args: Sequence[Encoded] = (),
    kwargs: Mapping[str, Encoded] | None = None,
    caller: str,
) -> RunAnswer:
    """Call a tool in the version in force, and record the call.

    Raises:
        NotFound: There is no such target.
        InvalidInput: It is no function.
        Unavailable: The interpreter could not be started.
    """
    return RunAnswer.of(await loop.caller.call(target, args, kwargs or {}, caller=caller))


async def record_execution(
    loop: Loop,
    *,
    executions: Sequence[object] | Mapping[str, object] | None = None,
    label: Label | None = None,
) -> RecordAnswer:
    """Keep one record or many, or label an earlier one as wrong.

    Raises:
        InvalidInput: Neither records nor a label are given, or both, or too many records.
        NotFound: There is no execution of the label's id.
    """
    one_of(executions=executions, label=label)
    if label is not None:
        labelled = await loop.recorder.label(
            ExecutionId(label.execution), expected=label.expected, known=label.known
        )
        return RecordAnswer.of(Recorded(ids=(labelled.id,), new=0, refused=()), labelled)
    records = executions if isinstance(executions, Sequence) else [executions]
    if not 0 < len(records) <= MOST_RECORDS:
        raise InvalidInput(
            f"{len(records)} records are given; 1 to {MOST_RECORDS} can be.",
            hint="Send them in several calls, or run `mendloop import jsonl FILE`.",
        )
    return RecordAnswer.of(await loop.recorder.record(records), None)


async def record_told(
    loop: Loop,
    *,
    executions: Sequence[object] | Mapping[str, object] | None = None,
    label: Label | None = None,
    hook: Mapping[str, object] | None = None,
    known: Acquaintance,
    recording: bool = True,
) -> RecordAnswer:
    """The same for whoever speaks for an agent, and for the hooks of its client.

    Records are then an agent's word, whatever source they name: of two records of one call the one
    of who saw more is kept, and an agent must not talk a failure away that others saw.

    Raises:
        InvalidInput: None of the three is given, or several are, or too many records.
        NotFound: There is no execution of the label's id.
    """
    one_of(executions=executions, label=label, hook=hook)
    if hook is not None:
        if not recording:
            return RecordAnswer.of(_NOTHING, None)
        return await record_hook(loop, hook, known)
    if executions is None:
        return await record_execution(loop, label=label)
    records = executions if isinstance(executions, Sequence) else [executions]
    return await record_execution(loop, executions=[_told(record) for record in records])


async def record_hook(loop: Loop, hook: Mapping[str, object], known: Acquaintance) -> RecordAnswer:
    """Keep the call that a hook of the client tells of; an unreadable one is refused, not raised.

    A session's first call to a server is kept without its duration.
    """
    match read_hook(hook, now=loop.recorder.clock.now()):
        case Noted() as noted:
            measured = not noted.server or not known.first(noted.session, noted.server)
            record = (noted if measured else noted.unmeasured()).record
            return RecordAnswer.of(await loop.recorder.record([_borne(record)]), None)
        case Passed():
            return RecordAnswer.of(_NOTHING, None)
        case Unreadable(reason=reason):
            refused = (RefusedRecord(position=0, reason=reason),)
            return RecordAnswer.of(Recorded(ids=(), new=0, refused=refused), None)


def _told(record: object) -> object:
    if not isinstance(record, Mapping):
        return record
    return _borne({**cast("Mapping[object, object]", record), "source": Source.AGENT.value})


def _borne(record: Mapping[Any, object]) -> Mapping[Any, object]:
    """A record under the name of the token that it came with: its bearer has no other."""
    return record if actor() == "agent" else {**record, "caller": actor()}
