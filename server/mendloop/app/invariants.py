"""Whether what a change returned keeps the target's invariants: computed apart from the change."""

import ast
from collections.abc import Sequence
from typing import Final

from mendloop.app.passes import Passes
from mendloop.app.ports import Program
from mendloop.core.validate.evidence import Run
from mendloop.errors import InvalidInput
from mendloop.model.observation import Case, NotLoaded, Returned
from mendloop.model.target import Target

_FILE: Final = "mendloop_invariants.py"


async def kept(passes: Passes, cases: Sequence[Case], run: Run) -> dict[str, bool]:
    """For every case that returned, whether its result keeps every invariant.

    The expressions are the person's own, and run in the sandbox all the same: in a process that
    the change has never been in.

    Raises:
        InvalidInput: One of them is no expression.
    """
    target = passes.target
    if not target.invariants or isinstance(run, NotLoaded):
        return {}
    called = {case.id: case for case in cases}
    checks = [
        Case(
            id=seen.case,
            args=(
                seen.seen.value,
                {"$t": list(called[seen.case].args)},
                dict(called[seen.case].kwargs),
            ),
        )
        for seen in run
        if isinstance(seen.seen, Returned) and seen.case in called
    ]
    program = Program(
        overlay={_FILE: invariant_source(target).encode()}, path=_FILE, function="holds"
    )
    answers = await passes.run(program, checks)
    if isinstance(answers, NotLoaded):
        raise InvalidInput(
            f"The invariants of {target.name} cannot be compiled.",
            hint="Mend `invariants` in mendloop.toml: Python expressions over `result`.",
        )
    return {
        answer.case: isinstance(answer.seen, Returned) and answer.seen.value is True
        for answer in answers
    }


def invariant_source(target: Target) -> str:
    """A module whose ``holds`` says whether every invariant of a target holds.

    Raises:
        InvalidInput: One of them is no expression.
    """
    for text in target.invariants:
        try:
            ast.parse(text, mode="eval")
        except (SyntaxError, ValueError) as error:
            raise InvalidInput(
                f"The invariant {text[:100]!r} of {target.name} is no Python expression.",
                hint="Mend `invariants` in mendloop.toml, such as `result >= 0`.",
            ) from error
    parts = ",\n        ".join(f"({text}\n        )" for text in target.invariants)
    return (
        "import datetime, decimal, math, re\n\n\n"
        "def holds(result, args, kwargs):\n"
        f"    return all((\n        {parts},\n    ))\n"
    )
