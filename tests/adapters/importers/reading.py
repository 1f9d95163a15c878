"""What comes of a file: its executions, and the sentences about all else."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mendloop.core.record.read import Unreadable, read_record
from mendloop.model.execution import Execution
from mendloop.model.incoming import BadLine, LeftOut, ReadLine

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Came:
    """All that came of a file."""

    executions: list[Execution] = field(default_factory=list[Execution])
    reasons: list[str] = field(default_factory=list[str])

    @property
    def ids(self) -> list[str]:
        return [execution.id for execution in self.executions]

    def one(self) -> Execution:
        assert len(self.executions) == 1, self
        return self.executions[0]


def came(lines: Iterable[ReadLine | BadLine | LeftOut]) -> Came:
    """Read records as the app does; every one must be writable as JSON."""
    all_ = Came()
    for line in lines:
        match line:
            case ReadLine(record=record):
                json.dumps(record)
                take(all_, record)
            case BadLine(reason=reason) | LeftOut(reason=reason):
                assert reason
                all_.reasons.append(reason)
    return all_


def take(all_: Came, record: object) -> None:
    match read_record(record, now=NOW, new_id=lambda: "x-new"):
        case Unreadable(reason=reason):
            all_.reasons.append(reason)
        case execution:
            all_.executions.append(execution)
