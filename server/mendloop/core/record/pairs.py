"""Spans that are about the same call of a tool, made into one record.

One call may be told by several spans: by the agent that decided on it, by the client that sends it,
by the server that runs it, each inside the one before. What they share is the id of the span that
sends, for the server knows it as its parent. So that is what the record is named after, whichever
of them come, in whatever order, in one request or in several:

1. the id that the client gave the call, where some span has it: ``t-...`` (see ``naming``);
2. else ``o-TRACE-SPAN-TOOL`` with the id of the innermost span that sends; the parent of the span
   that runs, where that may be of another process and is not among those that came; and else the
   outermost span there is. TOOL is a digest of the tool's name, so that two tools called from
   within one span are never taken for one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from typing import Final

from mendloop.core.record.otlp_request import Span
from mendloop.core.record.spans import (
    CLAUDE_SPAN,
    ToolSpan,
    arguments,
    call_id,
    ended,
    is_own,
    result,
    said,
    server_name,
    session,
    target_name,
    tool_span,
)
from mendloop.core.record.told import never_ran
from mendloop.model.execution import Source
from mendloop.noun import dataclass

_EXECUTION: Final = f"{CLAUDE_SPAN}.execution"
"""The part of Claude Code's span in which the tool runs; a call that was denied has none."""
_FAR: Final = 16
"""Spans that may lie between two that are about the same call."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What the spans of a request say of each other."""

    known: Mapping[_Key, Span]
    ends: Mapping[_Key, Span]
    """Spans in which Claude Code says how a call ended, by the span of the call."""
    asked: frozenset[tuple[str, str, str]]
    """Spans elsewhere that sent one call, and so can name it. One that sent more names none."""


@dataclass(frozen=True, slots=True)
class Told:
    """One call, as its spans tell it."""

    record: dict[str, object]
    spans: int
    """How many."""


def told(spans: Sequence[Span]) -> Iterator[Told]:
    """The calls of tools that some spans are about; all other spans come to nothing."""
    known = {(span.trace, span.id): span for span in spans}
    calls = {key: call for key, span in known.items() if (call := tool_span(span)) is not None}
    chains = tuple(_chains(calls, known))
    asked = Counter(_asked(chain[0], known) for chain in chains)
    batch = _Batch(
        ends={(span.trace, span.parent): span for span in spans if span.name == _EXECUTION},
        asked=frozenset(key for key, count in asked.items() if key is not None and count == 1),
        known=known,
    )
    for chain in chains:
        made = _record(chain, batch)
        if made is not None:
            yield Told(made, len(chain))


def _chains(
    calls: Mapping[_Key, ToolSpan], known: Mapping[_Key, Span]
) -> Iterator[tuple[ToolSpan, ...]]:
    """Spans about one call each, outermost first."""
    inner: dict[_Key, list[_Key]] = {}
    outer: dict[_Key, _Key] = {}
    for key, call in calls.items():
        above = _above(call, calls, known)
        if above is not None and _same(calls[above], call):
            outer[key] = above
            inner.setdefault(above, []).append(key)
    # one that holds two of a kind made two calls, such as a second try
    alone = {key for key, above in outer.items() if len(inner[above]) == 1}
    for key in calls:
        if key in alone:
            continue
        chain = [key]
        while len(below := inner.get(chain[-1], [])) == 1:
            chain += below
        yield tuple(calls[each] for each in chain)


def _above(
    call: ToolSpan, calls: Mapping[_Key, ToolSpan], known: Mapping[_Key, Span]
) -> _Key | None:
    """The nearest call around this one."""
    span = call.span
    for _ in range(_FAR):
        key = (span.trace, span.parent)
        if key in calls:
            return key
        if key not in known:
            return None
        span = known[key]
    return None


def _same(outer: ToolSpan, inner: ToolSpan) -> bool:
    """Whether two spans, of which one holds the other, are about the same call.

    A server that calls another one makes a call of its own. A server within a server is one that is
    mounted in it, under a name that may be longer there.
    """
    if outer.server:
        return inner.server and outer.tool.endswith(inner.tool)
    return outer.tool == inner.tool and (inner.server or inner.client)


def _record(chain: tuple[ToolSpan, ...], batch: _Batch) -> dict[str, object] | None:
    witness = _witness(chain)
    if witness is None or any(is_own(call) for call in chain):
        return None
    end = _of_claude(witness, batch.ends) if witness.span.name == CLAUDE_SPAN else ended(witness)
    if end is None:
        return None
    asked = next((a for call in (witness, *chain) if (a := arguments(call)) is not None), None)
    back = next((r for call in (witness, *chain) if (r := result(call)) is not None), None)
    if end["outcome"] == "ok" and back is not None:
        end = {**end, "result": back[0]}
    return {
        "id": next((i for call in chain if (i := call_id(call)) is not None), None)
        or _id(chain, batch),
        "target": target_name(witness),
        "at": at_text(witness.span.start),
        "seconds": max(witness.span.end - witness.span.start, 0) / 1e9 if witness.span.end else 0,
        "caller": _caller(chain, witness),
        "session": next((s for call in (witness, *chain) if (s := session(call))), None),
        "whole": asked is not None and (end["outcome"] != "ok" or back is not None),
        "source": Source.OTEL.value,
        **(asked or {}),
        **end,
    }


def _witness(chain: tuple[ToolSpan, ...]) -> ToolSpan | None:
    """Whose word counts: the outermost that runs the tool, else the outermost that saw the end."""
    saw = [call for call in chain if call.witness and call.span.start]
    return next((call for call in saw if call.server), saw[0] if saw else None)


def _of_claude(call: ToolSpan, ends: Mapping[_Key, Span]) -> dict[str, object] | None:
    """Claude Code says how a call ended in a span within it."""
    span = ends.get((call.span.trace, call.span.id))
    if span is not None and never_ran(said(span.attributes, "error")):
        return None
    if span is not None:
        return ended(ToolSpan(span=span, tool=call.tool, witness=True))
    return ended(call) if call.span.failed else None


def _caller(chain: tuple[ToolSpan, ...], witness: ToolSpan) -> str | None:
    if chain[0].span.name == CLAUDE_SPAN:
        return "claude-code"
    if chain[0].server:
        return None
    asking = chain[0].span.service
    return asking if asking and asking != server_name(witness) else None


def _id(chain: tuple[ToolSpan, ...], batch: _Batch) -> str:
    first = chain[0]
    sending = [call.span.id for call in chain if call.client]
    asked = _asked(first, batch.known)
    by = asked[1] if asked is not None and asked in batch.asked else first.span.id
    span = sending[-1] if sending else by
    tool = blake2s(first.tool.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"o-{first.span.trace}-{span}-{tool}"


def _asked(call: ToolSpan, known: Mapping[_Key, Span]) -> tuple[str, str, str] | None:
    """The span that sent what this one runs, where it is not here and may be elsewhere.

    Returns:
        Trace, span and tool.
    """
    span = call.span
    if not call.server or not span.parent or span.local or (span.trace, span.parent) in known:
        return None
    return span.trace, span.parent, call.tool


def at_text(nanoseconds: int) -> str:
    """A time as a record has it."""
    return (_EPOCH + timedelta(microseconds=nanoseconds // 1000)).isoformat()
