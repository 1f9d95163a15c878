"""The policy in force, in the words of the shipped file, with its reasons."""

from pathlib import Path
from typing import Any, Final, cast

import tomlkit
from tomlkit.items import Array

from mendloop import assets
from mendloop.core.governance.policy import Policy
from mendloop.noun import dataclass
from mendloop.policy_file import write_policy


@dataclass(frozen=True, slots=True)
class _Source:
    """Who says otherwise than what is shipped."""

    set: str
    added: str


_WORKSPACE: Final = _Source(
    "stricter in this workspace's mendloop.toml", "in this workspace's mendloop.toml"
)
_OPERATOR: Final = _Source("set by the operator", "by the operator")


def policy_text(policy: Policy, ground: Policy, operator: Path) -> str:
    """The shipped policy file, with the values in force in it.

    The reason beside every key stays; where the operator or the workspace says otherwise, that is
    said instead.

    Args:
        policy: What is in force.
        ground: What would be without the workspace.
        operator: The operator's file; it need not exist.
    """
    document: Any = tomlkit.parse(assets.text("config/policy.toml"))
    before = write_policy(ground)
    for name, table in write_policy(policy).items():
        for key, value in cast("dict[str, Any]", table).items():
            here = before[name].get(key) != value
            _show(document[name], key, value, _WORKSPACE if here else _OPERATOR)
    kept = "" if operator.exists() else " (there is none yet)"
    return f"# The operator's policy file: {operator}{kept}\n{tomlkit.dumps(document)}"


def _show(shown: Any, key: str, value: Any, by: _Source) -> None:
    if key not in shown:
        shown[key] = value
        shown[key].comment(f"added {by.added}")
        return
    before = shown[key].unwrap()
    if before == value:
        return
    if isinstance(shown[key], Array):
        for each in value:
            if each not in before:
                shown[key].add_line(each, comment=f"added {by.added}")
        shown[key].add_line(indent="")
    else:
        shown[key] = value
        shown[key].comment(f"{by.set}; shipped: {before}")
