"""How far long work has come: a bar on a terminal, nothing anywhere else."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

from mendloop.app.ports import Progress, silent
from mendloop.interfaces.answers.text import clean

_WIDEST = 60


@contextmanager
def watched() -> Generator[Progress]:
    """Show a bar on standard error while the block runs, where that is a terminal.

    The bar is made with the first step: short work shows none.
    """
    if not sys.stderr.isatty():
        yield silent
        return
    # rich loads with the first thing shown on a terminal
    from rich import progress as parts  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    bar = parts.Progress(
        parts.BarColumn(bar_width=30),
        parts.TextColumn("{task.fields[said]}", markup=False),
        parts.TimeElapsedColumn(),
        console=Console(stderr=True, markup=False, highlight=False),
        transient=True,
    )

    async def step(done: float, total: float, message: str) -> None:
        if not bar.task_ids:
            bar.add_task("", total=None, said="")
            bar.start()
        said = clean(message, _WIDEST)
        bar.update(bar.task_ids[0], completed=done, total=total or None, said=said)

    try:
        yield step
    finally:
        bar.stop()
