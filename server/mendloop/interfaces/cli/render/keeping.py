"""What ``import``, ``maintain`` and ``quarantine`` show."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from mendloop.app.bring import Brought
from mendloop.app.maintain import Maintained
from mendloop.app.sync import Synced
from mendloop.interfaces.cli.render.console import facts, head, say, section, table
from mendloop.interfaces.cli.render.next_step import next_step
from mendloop.model.rollup import Quarantined

_MB = 1024 * 1024


def brought(answer: Brought) -> None:
    """What became of a file."""
    left_out = f"; {answer.left_out} were no calls" if answer.left_out else ""
    say(
        head(f"{answer.new} new", f"of {answer.read} read; {answer.refused} refused{left_out}"),
        *section("refused", table(("why",), ((reason,) for reason in answer.reasons))),
        *next_step("mendloop detect"),
    )


def maintained(answer: Maintained) -> None:
    """What was tidied up."""
    gone = answer.compacted
    say(
        head("would be done" if answer.dry_run else "done"),
        facts(
            (
                ("taken in from recorders", None if answer.dry_run else answer.ingested.new),
                ("calls let go", gone.rows),
                ("disk given back", f"{gone.bytes / _MB:.1f} MB"),
                ("hours merged into days", gone.hours or None),
                ("unreadable records", answer.quarantined),
                *_contents(answer.synced),
            )
        ),
        *_synced(answer.synced),
        *(next_step("mendloop quarantine") if answer.quarantined else ()),
    )


def _contents(synced: Synced | None) -> tuple[tuple[str, str | int | None], ...]:
    if synced is None:
        return ()
    size = sum(each.size for each in synced.orphans)
    return (
        ("contents nothing names", f"{len(synced.orphans)}, {size / _MB:.1f} MB"),
        ("contents brought back", len(synced.healed) or None),
        ("targets that are new", ", ".join(synced.added)),
        ("declared no more", ", ".join(synced.removed)),
    )


def _synced(synced: Synced | None) -> tuple[RenderableType | None, ...]:
    if synced is None:
        return (Text("mendloop.toml cannot be read: nothing was compared with it"),)
    return (
        *section(
            "moved",
            table(
                ("target", "now", "in", "how"),
                ((each.old, each.new, each.path, each.how) for each in synced.moved),
            ),
        ),
        *section(
            "does not fit",
            table(("what", "why", "to settle it"), ((o.what, o.why, o.hint) for o in synced.odd)),
        ),
    )


def quarantined(found: Sequence[Quarantined]) -> None:
    """Records that could not be read."""
    say(
        head("nothing lies aside") if not found else None,
        table(
            ("from", "at", "why", "begins"),
            ((each.origin, each.position, each.reason, each.excerpt) for each in found),
        ),
    )
