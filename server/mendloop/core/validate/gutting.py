"""Rule: the target still does its work.

A function that gives one answer to every question passes whatever asks only that it does not fail.
"""

from collections.abc import Iterator

from mendloop.core.validate.flow import Answers, always_raises, answers, does_nothing, statements
from mendloop.core.validate.site import Site, Subject, site
from mendloop.core.validate.tree import Function


def gutted(before: Subject, after: Subject) -> Iterator[Site]:
    """The ways in which the target has stopped to work, compared with what it was."""
    old, new = before.target, after.target
    if old is None or new is None:
        return
    if does_nothing(new) and not does_nothing(old):
        yield site("deleted_work", new, "The body of the target is gone: it does nothing any more.")
        return
    if always_raises(new) and not always_raises(old):
        yield site("deleted_work", new, "The target raises whatever it is asked.")
        return
    was, now = answers(old), answers(new)
    if (was.computed or was.chosen) and not (now.computed or now.chosen):
        yield _answerless(old, new, now)
    elif was.computed and _fixed_instead(was, now):
        yield site(
            "constant_answer",
            new,
            f"No answer is computed any more; it is always one of {', '.join(now.fixed)}.",
        )


def _answerless(old: Function, new: Function, now: Answers) -> Site:
    """The answer does not depend on the arguments at all."""
    if statements(new) < statements(old) and not now.fixed:
        message = (
            f"{statements(old) - statements(new)} of {statements(old)} statements are gone, and"
            " the answer does not depend on the arguments any more."
        )
        return site("deleted_work", new, message)
    fixed = ", ".join(now.fixed) or "the same"
    message = f"The answer does not depend on the arguments any more: it is {fixed}."
    return site("constant_answer", new, message)


def _fixed_instead(was: Answers, now: Answers) -> bool:
    """Whether computed answers have given way to fixed ones; of truth values there are just two."""
    return bool(now.fixed) and not now.computed and not was.logical and not now.logical
