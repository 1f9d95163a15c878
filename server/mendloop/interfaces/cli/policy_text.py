"""The policy in force, in the words of the shipped file, with its reasons."""

from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.items import Array

from mendloop import assets
from mendloop.core.governance.policy import Policy
from mendloop.policy_file import write_policy


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
            by = "this workspace's mendloop.toml" if before[name].get(key) != value else "operator"
            _show(document[name], key, value, by)
    kept = "" if operator.exists() else " (there is none yet)"
    return f"# The operator's policy file: {operator}{kept}\n{tomlkit.dumps(document)}"


def _show(shown: Any, key: str, value: Any, by: str) -> None:
    if key not in shown:
        shown[key] = value
        shown[key].comment(f"added by {by}")
        return
    before = shown[key].unwrap()
    if before == value:
        return
    if isinstance(shown[key], Array):
        _add(shown[key], [each for each in value if each not in before], by)
    else:
        shown[key] = value
        shown[key].comment(f"set by {by}; shipped: {before}")


def _add(shown: Array, more: list[str], by: str) -> None:
    for each in more:
        shown.add_line(each, comment=f"added by {by}")
    shown.add_line(indent="")
