"""What ``adopt`` shows."""

from collections.abc import Sequence
from typing import Any

from mendloop.app.accept import Adopted
from mendloop.interfaces.cli.render.console import head, say, table
from mendloop.interfaces.cli.render.next_step import next_step
from mendloop.interfaces.cli.render.words import short
from mendloop.model.deployment import Version


def adopted_document(done: Sequence[Adopted]) -> list[dict[str, Any]]:
    """The adopted files, as JSON."""
    return [
        {
            "path": each.path,
            "versions": [
                {"target": one.target, "number": one.number, "digest": one.digest}
                for one in each.versions
            ],
            "watches_ended": list(each.ended),
        }
        for each in done
    ]


def adopted(done: Sequence[Adopted]) -> None:
    """The new versions."""
    say(
        head("adopted", ", ".join(each.path for each in done)),
        table(
            ("target", "version", "content", "watch"),
            (
                (
                    one.target,
                    one.number,
                    short(one.digest),
                    "ended" if one.target in each.ended else None,
                )
                for each in done
                for one in each.versions
            ),
        ),
        *next_step(_what_it_was(done[0].versions[0])),
    )


def _what_it_was(version: Version) -> str:
    if version.parent is None:
        return f"mendloop versions {version.target}"
    return f"mendloop diff {version.target} {version.parent} {version.number} shows what was edited"
