"""Calls that nobody has made, drawn by Hypothesis: from type hints and like the recorded ones.

Hypothesis only draws here. The calls cross into the sandbox as data, and what they do there is
compared outside. The same source, calls and seed always give the same calls.
"""

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.internal.constants_ast import Constants
from typing_extensions import override

from mendloop.core.validate.cases import Origin, SameAsBefore, TestCase
from mendloop.core.validate.hints import Values, fitting
from mendloop.core.validate.likeness import like
from mendloop.core.validate.tree import Function, functions, module
from mendloop.model.observation import Case
from mendloop.model.value import Encoded
from mendloop.noun import dataclass

_BACKEND: Final = "mendloop"
_UNHEEDED: Final = (
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
    HealthCheck.nested_given,
    HealthCheck.too_slow,
)
"""What Hypothesis warns the author of a test of; here nobody wrote one."""
_FORMS: Final = 3
"""Ways of calling, by how many arguments are given and which by name."""


class _Provider(HypothesisProvider):
    """Draws as ever, but takes nothing from the modules that happen to be loaded here."""

    @cached_property
    @override
    def _local_constants(self) -> Constants:
        return Constants()


AVAILABLE_PROVIDERS.setdefault(_BACKEND, _Provider)


@dataclass(frozen=True, slots=True)
class _Form:
    """One way of calling: so many arguments by place, and some by name."""

    places: int
    names: tuple[str, ...]


def made_up(
    source: str, selector: str, cases: Sequence[TestCase], *, number: int, most: int
) -> tuple[TestCase, ...]:
    """Draw calls of a function.

    Args:
        source: The current version of its file.
        selector: Its qualified name.
        cases: Recorded calls; those that went well are what the drawn ones are like.
        number: Another one gives others.
        most: How many are wanted at the most.

    Returns:
        The calls, none of which is among ``cases``; none where neither hints nor calls say what
        the function takes.
    """
    good = [case.case for case in cases if case.origin is Origin.PASSING]
    function = functions(module(source)).get(selector)
    drawn = [
        one
        for form, share in _forms(good, function).items()
        for one in _draw(_calls(form, good, function), number, max(1, int(most * share)))
    ]
    taken = {case.text for case in cases}
    made: dict[str, TestCase] = {}
    for args, kwargs in drawn:
        case = TestCase(
            case=Case(id=f"made-up-{len(made) + 1}", args=args, kwargs=kwargs),
            origin=Origin.GENERATED,
            wanted=SameAsBefore(),
        )
        if case.text not in taken:
            made.setdefault(case.text, case)
    return tuple(made.values())


_Drawn = tuple[tuple[Encoded, ...], dict[str, Encoded]]


def _draw(calls: st.SearchStrategy[_Drawn] | None, number: int, most: int) -> list[_Drawn]:
    if calls is None:
        return []
    drawn: list[_Drawn] = []

    @seed(number)
    @settings(
        backend=_BACKEND,
        database=None,
        deadline=None,
        derandomize=True,
        max_examples=most,
        phases=[Phase.generate],
        suppress_health_check=_UNHEEDED,
    )
    @given(calls)
    def collect(call: _Drawn) -> None:
        drawn.append(call)

    collect()
    return drawn


def _forms(good: Sequence[Case], function: Function | None) -> Mapping[_Form, float]:
    """The usual ways of calling, each with its share; without a recorded call the plainest one."""
    counted = Counter(_Form(len(case.args), tuple(sorted(case.kwargs))) for case in good)
    usual = counted.most_common(_FORMS)
    whole = sum(number for _, number in usual)
    if usual:
        return {form: number / whole for form, number in usual}
    wanted = [] if function is None else _parameters(function)
    given_ = function.args if function else None
    optional = len(given_.defaults) if given_ else 0
    return {_Form(len(wanted) - optional, ()): 1.0} if wanted else {}


def _calls(
    form: _Form, good: Sequence[Case], function: Function | None
) -> st.SearchStrategy[_Drawn] | None:
    """Calls of one form; ``None`` where nothing says what one of its arguments may be."""
    same = [
        case
        for case in good
        if len(case.args) == form.places and tuple(sorted(case.kwargs)) == form.names
    ]
    hints = _hints(function)
    order = [arg.arg for arg in _parameters(function)] if function else []
    places = [
        _values([case.args[place] for case in same], hints.get(name))
        for place, name in enumerate([*order, *[""] * form.places][: form.places])
    ]
    names = {
        name: _values([case.kwargs[name] for case in same], hints.get(name)) for name in form.names
    }
    known = [values for values in places if values is not None]
    named = {name: values for name, values in names.items() if values is not None}
    if len(known) < len(places) or len(named) < len(names) or not (known or named):
        return None
    return st.tuples(st.tuples(*known), st.fixed_dictionaries(named))


def _values(seen: Sequence[Encoded], hint: ast.expr | None) -> Values | None:
    """What one argument may be: like the recorded ones, and now and then as its hint says."""
    recorded, hinted = like(seen), fitting(hint)
    if recorded is None or hinted is None:
        return recorded if hinted is None else hinted
    return st.one_of(recorded, recorded, recorded, hinted)


def _hints(function: Function | None) -> Mapping[str, ast.expr | None]:
    if function is None:
        return {}
    every = (*_parameters(function), *function.args.kwonlyargs)
    return {arg.arg: arg.annotation for arg in every}


def _parameters(function: Function) -> list[ast.arg]:
    """Those that may be given by place; the object of a method is no argument of a call."""
    every = [*function.args.posonlyargs, *function.args.args]
    return every[1:] if every and every[0].arg in {"self", "cls"} else every
