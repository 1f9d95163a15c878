"""One policy above another: what an operator says instead, what a workspace makes stricter."""

from typing import Any, Final, cast

from mendloop.core.governance.policy import Policy, Tier
from mendloop.errors import InvalidInput
from mendloop.policy_file.document import read_policy, write_policy

_WAITS: Final = frozenset({"cool_down_minutes", "circuit_pause_minutes"})


def tables(document: object, where: str) -> dict[str, dict[str, Any]]:
    """A document that must consist of tables, such as ``[policy.limits]``.

    Raises:
        InvalidInput: It, or a part of it, is no table.
    """
    if not isinstance(document, dict):
        raise InvalidInput(f"{where} is no table.", hint="Give each of its keys a [table] header.")
    read = cast("dict[str, Any]", document)
    for name, table in read.items():
        if not isinstance(table, dict):
            raise InvalidInput(f"{where}: `{name}` is no table.", hint="See the files in config/.")
    return cast("dict[str, dict[str, Any]]", read)


def stricter(shipped: Policy, workspace: object) -> Policy:
    """The policy with a workspace's wishes, of which only the stricter ones count.

    A wish that would be laxer is refused by name rather than passed over: whoever wrote it should
    know that it does not hold.

    Raises:
        InvalidInput: A key is unknown, of the wrong type, or laxer than shipped.
    """
    wanted = _with(shipped, workspace, "mendloop.toml [policy]")
    _refuse_laxer(shipped, wanted)
    return wanted


def operated(shipped: Policy, operator: object, where: str) -> Policy:
    """The shipped policy with what the operator of the machine says instead, be it laxer or not.

    Paths that are never touched are only added: what governs the loop is nobody's to hand over.

    Raises:
        InvalidInput: A key is unknown or of the wrong type.
    """
    return _with(shipped, operator, where)


def _with(policy: Policy, above: object, where: str) -> Policy:
    document = write_policy(policy)
    wishes = tables(above, where)
    for name, table in wishes.items():
        document[name] = {**document.get(name, {}), **table}
    if "never" in wishes:
        added = document["never"].get("paths", ())
        if isinstance(added, list | tuple):  # what else it may be, reading it refuses by name
            document["never"] = {**document["never"], "paths": [*policy.never, *added]}
    return read_policy(document, where=where)


def _refuse_laxer(shipped: Policy, wanted: Policy) -> None:
    before, after = write_policy(shipped), write_policy(wanted)
    laxer = [
        f"{name}.{key}"
        for name in before.keys() - {"never"}
        for key, value in before[name].items()
        if _is_laxer(key, value, after[name][key])
    ]
    if laxer:
        raise InvalidInput(
            "mendloop.toml [policy] would be laxer than the policy of this machine: "
            f"{', '.join(sorted(laxer))}.",
            hint="A workspace can only be stricter: an agent can edit its files.",
        )


def _is_laxer(key: str, before: str | float, after: str | float) -> bool:
    """Of times to wait more is stricter, of all other numbers less."""
    if isinstance(before, str) or isinstance(after, str):
        return Tier(str(after)).rank < Tier(str(before)).rank
    return after < before if key in _WAITS else after > before
