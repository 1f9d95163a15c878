"""The append-only record of everything that was decided or done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

import rfc8785

from mendloop.model.ids import Digest, digest_of
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

GENESIS: Final = Digest("0" * 64)
"""What stands before the first entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One link of the chain."""

    seq: int
    at: datetime
    event: str
    facts: Mapping[str, Encoded]
    previous: Digest
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """An entry as it was once seen, and written down elsewhere."""

    seq: int
    digest: Digest


def link(
    *, seq: int, at: datetime, event: str, facts: Mapping[str, Encoded], previous: Digest
) -> Digest:
    """The digest of an entry, over canonical JSON (RFC 8785) that names the entry before it."""
    text = {
        "seq": seq,
        "at": at.isoformat(),
        "event": event,
        "facts": dict(facts),
        "previous": previous,
    }
    return digest_of(b"mendloop-audit/1\n" + rfc8785.dumps(cast("Any", text)))
