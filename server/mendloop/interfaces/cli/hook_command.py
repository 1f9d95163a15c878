"""Record the call that a hook of Claude Code tells of, as a command of its own.

For clients that cannot send it to the server, and for calls that end while no server runs: the
record goes into the spool, and the next server takes it in. It is bounded and without secrets
before it is written.
"""

import json
import sys
from pathlib import Path
from typing import Final

import typer

from mendloop.bootstrap import wall_clock
from mendloop.core.record.hook import Noted, Passed, read_hook
from mendloop.core.record.read import Unreadable, read_record
from mendloop.core.record.redact import Redactor
from mendloop.errors import InvalidInput, Unavailable
from mendloop.interfaces.answers.documents import execution_document
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.shell import Shell
from mendloop.model.execution import Execution
from mendloop.recorder.place import SPOOL, redaction_key, secrets, spool_folder, switched_off
from mendloop.recorder.spool import LostError, Spool

commands: Final = typer.Typer()

_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of standard input."""


@command(commands, "hook")
def hook(shell: Shell) -> None:
    """Record the call that a Claude Code hook tells of on standard input.

    Says nothing, for what a hook prints is read by the client. The record waits in the spool for
    the next server. What says nothing of a tool, such as an interrupted call, is passed over.
    """
    said = _said(sys.stdin.buffer.read(_MOST_BYTES + 1))
    if switched_off():
        shell.tell({"id": None, "why": "MENDLOOP_RECORD is off."}, _nothing)
        return
    match read_hook(said, now=wall_clock().now()):
        case Noted(record=record):
            execution = _kept(record, _folder(shell))
            shell.tell({"id": execution.id or None, "target": execution.target}, _nothing)
        case Passed(why=why):
            shell.tell({"id": None, "why": why}, _nothing)
        case Unreadable(reason=reason):
            raise InvalidInput(reason, hint="Pass a hook's input on, as Claude Code wrote it.")


def _said(data: bytes) -> object:
    """The input. A byte that is no text costs one character, not the record."""
    if len(data) > _MOST_BYTES:
        raise InvalidInput(
            f"The input has more than {_MOST_BYTES} bytes.", hint="Pass one hook's input."
        )
    try:
        return json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            "The input is no JSON.", hint="Pass a hook's input on, as Claude Code wrote it."
        ) from error


def _kept(record: object, folder: Path) -> Execution:
    read = read_record(record, now=wall_clock().now(), new_id=str)
    if isinstance(read, Unreadable):
        raise InvalidInput(read.reason, hint="Pass a hook's input on, as Claude Code wrote it.")
    clean = Redactor(secrets(), key=redaction_key(folder.parent)).clean(read)
    spool = Spool(folder)
    try:
        spool.append([_line(clean)], failures=clean.outcome.failed)
    except LostError as error:
        raise Unavailable(
            f"The record could not be written: {error}.",
            hint="Make room, or name another data folder with MENDLOOP_DATA_DIR.",
        ) from error
    finally:
        spool.close()
    return clean


def _line(execution: Execution) -> bytes:
    record = execution_document(execution) | {"source": execution.source.value}
    del record["fingerprint"]  # taken anew by whoever reads it
    if not execution.id:
        del record["id"]  # whoever reads it has one
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def _folder(shell: Shell) -> Path:
    """The spool: where the command line says, or where every recorder writes."""
    if shell.workspace is not None or shell.data is not None:
        return shell.settings().state / SPOOL
    folder = spool_folder()
    if folder is None:
        raise Unavailable(
            "There is no folder for what is recorded.", hint="Name one with MENDLOOP_DATA_DIR."
        )
    return folder


def _nothing() -> None:
    """What a hook should print."""
