"""A ``mendloop.toml``, written for the person who will read and change it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit

from mendloop.interfaces.cli.scan import Found

_ABOUT = (
    "What Mendloop may improve in this folder. Take out what it may not.",
    "",
    "idempotent    A second call with the same arguments gives the same answer. Only then can a",
    "              recorded call be repeated in the sandbox, and a change be tested on it.",
    "side_effects  What a call does besides returning: network, reads_files, writes_files,",
    "              writes_database, subprocess, clock, random. Such calls are not repeated.",
    "",
    "Both are guesses here, from reading the code: look at each, and put right what is wrong.",
    "More keys: cases, invariants, timeout_seconds, float_tolerance; see README.md.",
)


def manifest_text(folder: Path, targets: Sequence[Found]) -> str:
    """The file for some targets."""
    document = tomlkit.document()
    for line in _ABOUT:
        document.add(tomlkit.comment(line) if line else tomlkit.nl())
    document.add(tomlkit.nl())
    if (folder / ".venv" / "bin" / "python").exists():
        python: Any = tomlkit.item(".venv/bin/python")
        python.comment("the interpreter that the tools need")
        document.add("python", python)
        document.add(tomlkit.nl())
    tables = tomlkit.table(is_super_table=True)
    for target in targets:
        tables.add(target.name, _table(target))
    if targets:
        document.add("targets", tables)
    return tomlkit.dumps(document)


def _table(target: Found) -> Any:
    table = tomlkit.table()
    table.add("source", target.source)
    idempotent: Any = tomlkit.item(target.guess.pure)
    if target.guess.why:
        idempotent.comment(target.guess.why)
    table.add("idempotent", idempotent)
    table.add("side_effects", [each.value for each in sorted(target.guess.effects)])
    table.add(tomlkit.nl())
    return table
