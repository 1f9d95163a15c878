"""Tokens that a model was asked with and has answered with, as telemetry tells them.

Each request becomes a record of the target ``client.tokens``, whose result is how many were used.
What was read from a cache is not counted: it costs a tenth, and would be all that is seen.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from mendloop.core.governance.tokens import TOKENS
from mendloop.core.record.otlp_request import Log, Span
from mendloop.core.record.pairs import at_text
from mendloop.core.record.spans import CLAUDE_PREFIX, said
from mendloop.model.execution import Source

_REQUESTS: Final = frozenset({"claude_code.api_request", "api_request"})
_CLAUDES: Final = ("input_tokens", "output_tokens", "cache_creation_tokens")
_USAGE: Final = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
_ASKS: Final = frozenset({"chat", "text_completion", "generate_content", "embeddings"})
"""What asks a model once. An agent's span holds those of its requests, and sums them up again."""


def log_usage(log: Log) -> dict[str, object] | None:
    """What Claude Code says of one request; ``None`` where it is about something else."""
    known = log.attributes
    if not {log.name, said(known, "event.name")} & _REQUESTS or not log.at:
        return None
    name = said(known, "request_id") or repr((log.at, sorted(map(repr, known.items()))))
    return _record(name, log.at, _sum(known, _CLAUDES), said(known, "session.id"), "claude-code")


def span_usage(span: Span) -> dict[str, object] | None:
    """What a span says of one request to a model; ``None`` where it is about something else.

    Claude Code tells the same in its log records, which count.
    """
    known = span.attributes
    if not span.start or span.name.startswith(CLAUDE_PREFIX):
        return None
    if said(known, "gen_ai.operation.name") not in _ASKS:
        return None
    session = said(known, "session.id", "gen_ai.conversation.id")
    return _record(f"{span.trace}-{span.id}", span.start, _sum(known, _USAGE), session, None)


def _record(
    name: str, at: int, tokens: int, session: str, caller: str | None
) -> dict[str, object] | None:
    if not tokens:
        return None
    return {
        "id": f"n-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}",
        "target": TOKENS,
        "at": at_text(at),
        "outcome": "ok",
        "result": tokens,
        "caller": caller,
        "session": session or None,
        "whole": False,
        "source": Source.OTEL.value,
    }


def _sum(known: Mapping[str, object], keys: tuple[str, ...]) -> int:
    return sum(_number(known.get(key)) for key in keys)


def _number(given: object) -> int:
    """0 where it is not told, or cannot be."""
    if type(given) is str and given.isascii() and given.isdigit() and len(given) < 10:  # noqa: PLR2004  a milliard is no request
        return int(given)
    return given if type(given) is int and given > 0 else 0
