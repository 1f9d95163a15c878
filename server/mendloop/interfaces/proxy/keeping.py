"""The last step of a record: secrets out of it, and into the recorder's spool."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from mendloop.interfaces.proxy.messages import is_object
from mendloop.model.value import Encoded
from mendloop.recorder.place import redaction_key, secrets
from mendloop.recorder.redact import Redactor
from mendloop.recorder.spool import Spool


class Keeper:
    """Writes records. What cannot be written is said once; whoever is relayed never notices."""

    def __init__(self, spool: Path) -> None:
        self._spool = Spool(spool)
        self._redactor = Redactor(secrets(), key=redaction_key(spool.parent))
        self._told = False

    def keep(self, record: dict[str, Encoded]) -> None:
        """Redact one record, and write it."""
        line = _text(record)
        if not self._redactor.clear(line):
            line = _text(self._clean(record))
        try:
            self._spool.append([line.encode() + b"\n"], failures=record["outcome"] != "ok")
        except OSError as error:
            self._warn(error)

    def close(self) -> None:
        """No more will come."""
        self._spool.close()

    def _clean(self, record: dict[str, Encoded]) -> dict[str, Encoded]:
        clean: dict[str, Encoded] = dict(record)
        for part in ("kwargs", "result"):
            clean[part] = self._redactor.value(record[part])
        same = all(_text(clean[part]) == _text(record[part]) for part in ("kwargs", "result"))
        clean["whole"] = bool(record["whole"]) and same
        error = record["error"]
        if is_object(error):
            clean["error"] = _redacted(error, self._redactor)
        return clean

    def _warn(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            sys.stderr.write(f"mendloop proxy: calls are not being recorded ({error}).\n")
            sys.stderr.flush()


def _redacted(error: Mapping[str, object], redactor: Redactor) -> Encoded:
    """The fault of a record, which has no frames here."""
    message = redactor.text(str(error["message"]))
    return {"type": str(error["type"]), "message": message, "frames": []}


def _text(value: Encoded) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
