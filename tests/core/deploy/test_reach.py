from dataclasses import replace

from mendloop.core.deploy.reach import steps, to_load, watched
from mendloop.model.ids import TargetName, digest_of
from mendloop.model.proposal import FileChange
from mendloop.model.target import Manifest, Target, TargetKind
from tests.store.nouns import DEPLOYMENT


def target(
    name: str, kind: TargetKind, path: str, *, selector: str = "", users: tuple[str, ...] = ()
) -> Target:
    return Target(
        name=TargetName(name),
        kind=kind,
        path=path,
        selector=selector,
        used_by=tuple(TargetName(user) for user in users),
    )


QUOTE = target("quote", TargetKind.FUNCTION, "pricing.py", selector="quote")
TAX = target("tax", TargetKind.FUNCTION, "pricing.py", selector="tax")
SHIP = target("ship", TargetKind.FUNCTION, "shipping.py", selector="ship")
RETRIES = target("retries", TargetKind.CONSTANT, "settings.toml", selector="n", users=("ship",))
REPLY = target("reply", TargetKind.TEXT, "reply.md")
MANIFEST = Manifest(targets={each.name: each for each in (QUOTE, TAX, SHIP, RETRIES, REPLY)})
OLD, NEW = digest_of(b"old"), digest_of(b"new")


def change(path: str) -> FileChange:
    return FileChange(path=path, old=OLD, new=NEW)


OF_QUOTE = replace(DEPLOYMENT, targets=(QUOTE.name,), files=(change("pricing.py"),))
OF_RETRIES = replace(DEPLOYMENT, targets=(RETRIES.name,), files=(change("settings.toml"),))


def test_a_constant_is_watched_through_its_users_and_a_text_without_any_by_itself() -> None:
    assert watched(MANIFEST, [QUOTE.name]) == (QUOTE,)
    assert watched(MANIFEST, [RETRIES.name]) == (SHIP,)
    assert watched(MANIFEST, [RETRIES.name, SHIP.name]) == (SHIP,)
    assert watched(MANIFEST, [REPLY.name]) == (REPLY,)
    assert watched(MANIFEST, [TargetName("gone")]) == ()


def test_every_function_in_a_changed_file_must_load_and_the_users_of_a_constant_too() -> None:
    assert to_load(MANIFEST, OF_QUOTE) == (QUOTE, TAX)
    assert to_load(MANIFEST, OF_RETRIES) == (SHIP,)
    assert to_load(MANIFEST, replace(DEPLOYMENT, targets=(), files=(change("reply.md"),))) == ()


def test_a_step_is_made_for_every_target_in_the_file_and_for_an_own_one_elsewhere() -> None:
    found = steps(MANIFEST, OF_QUOTE, {})
    assert [(step.target, step.meant, step.new) for step in found] == [
        (QUOTE.name, True, NEW),
        (TAX.name, False, NEW),
    ]

    beside = replace(OF_QUOTE, targets=(SHIP.name,))
    held = digest_of(b"ship")
    found = steps(MANIFEST, beside, {"shipping.py": held})
    assert [(step.target, step.meant, step.new) for step in found] == [
        (QUOTE.name, False, NEW),
        (TAX.name, False, NEW),
        (SHIP.name, True, held),
    ]
