"""Numbers for texts that many calls share: targets, versions, and what else they have in common."""

import sqlite3
from collections.abc import Iterable
from dataclasses import field
from typing import Final, TypeAlias

from mendloop.model.execution import Execution, Source
from mendloop.model.ids import Digest, TargetName
from mendloop.noun import dataclass
from mendloop.store.columns import put_optional, put_text

Context: TypeAlias = tuple[str | None, str | None, Digest | None, Source, bool]
"""Caller, session, version, source, whole."""

_MOST: Final = 50_000
"""Of each kind that are remembered."""
_TARGET: Final = "SELECT target FROM targets WHERE name = ?"
_VERSION: Final = "SELECT version FROM versions WHERE digest = ?"
_CONTEXT: Final = (
    "SELECT context FROM contexts"
    " WHERE caller IS ? AND session IS ? AND version = ? AND source = ? AND whole = ?"
)


@dataclass(frozen=True, slots=True)
class Names:
    """What has been looked up and is sure to stay: numbers that were committed never change."""

    targets: dict[TargetName, int] = field(default_factory=dict[TargetName, int])
    contexts: dict[Context, tuple[int, int]] = field(default_factory=dict[Context, tuple[int, int]])
    """The numbers of a context and of its version; 0 is no version."""

    def learn(self, found: "Found") -> None:
        """Remember what one transaction found or made. Only after its commit."""
        for known, new in ((self.targets, found.targets), (self.contexts, found.contexts)):
            if len(known) + len(new) > _MOST:
                known.clear()
        self.targets.update(found.targets)
        self.contexts.update(found.contexts)


@dataclass(frozen=True, slots=True)
class Found:
    """The numbers that one batch needs."""

    targets: dict[TargetName, int]
    contexts: dict[Context, tuple[int, int]]


def find(
    connection: sqlite3.Connection,
    names: Names,
    targets: Iterable[TargetName],
    contexts: Iterable[Context],
) -> Found:
    """Look up what a batch needs, and make what is missing. Only inside a transaction."""
    # In the order of their coming, so that equal batches give equal files.
    return Found(
        targets={
            name: names.targets.get(name) or _target(connection, name)
            for name in dict.fromkeys(targets)
        },
        contexts={
            each: names.contexts.get(each) or _context(connection, each)
            for each in dict.fromkeys(contexts)
        },
    )


def context(execution: Execution) -> Context:
    """What a call has in common with others."""
    return (
        execution.caller,
        execution.session,
        execution.version,
        execution.source,
        execution.whole,
    )


def _target(connection: sqlite3.Connection, name: TargetName) -> int:
    return _number(connection, _TARGET, "INSERT INTO targets (name) VALUES (?)", (put_text(name),))


def _context(connection: sqlite3.Connection, wanted: Context) -> tuple[int, int]:
    caller, session, digest, source, whole = wanted
    version = 0
    if digest is not None:
        made = "INSERT INTO versions (digest) VALUES (?)"
        version = _number(connection, _VERSION, made, (put_text(digest),))
    row = (put_optional(caller), put_optional(session), version, source.value, whole)
    made = "INSERT INTO contexts (caller, session, version, source, whole) VALUES (?, ?, ?, ?, ?)"
    return _number(connection, _CONTEXT, made, row), version


def _number(
    connection: sqlite3.Connection, find: str, make: str, row: tuple[str | int | None, ...]
) -> int:
    found = connection.execute(find, row).fetchone()
    return int(found[0]) if found else int(connection.execute(make, row).lastrowid or 0)
