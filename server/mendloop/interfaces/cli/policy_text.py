"""The policy in force, in the words of the shipped file, with its reasons."""

from typing import Any, cast

import tomlkit
from tomlkit.items import Array

from mendloop import assets
from mendloop.core.governance.policy import Policy
from mendloop.policy_file import write_policy


def policy_text(policy: Policy) -> str:
    """The shipped policy file, with the values in force in it.

    The reason beside every key stays; where a workspace is stricter, that is said instead.
    """
    document: Any = tomlkit.parse(assets.text("config/policy.toml"))
    for name, table in write_policy(policy).items():
        for key, value in cast("dict[str, Any]", table).items():
            shown = document[name]
            before = shown[key].unwrap()
            if before == value:
                continue
            if isinstance(shown[key], Array):
                _add(shown[key], [each for each in value if each not in before])
            else:
                shown[key] = value
                shown[key].comment(f"stricter in this workspace's mendloop.toml; shipped: {before}")
    return tomlkit.dumps(document)


def _add(shown: Array, more: list[str]) -> None:
    for each in more:
        shown.add_line(each, comment="added in this workspace's mendloop.toml")
    shown.add_line(indent="")
