import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.adapters.manifest import ManifestFile, parse_manifest
from mendloop.errors import InvalidInput
from mendloop.model.ids import TargetName
from mendloop.model.target import Manifest, Range, SideEffect, Target, TargetKind

WHOLE = b"""
python = ".venv/bin/python"

[targets."pricing.quote"]
source = "tools/pricing.py:Cart.quote"
idempotent = true
side_effects = ["network", "clock"]
cases = "cases/quote.jsonl"
invariants = ["result >= 0"]
timeout_seconds = 2
float_tolerance = 1e-9

[targets.retries]
source = "settings.toml#retry.limit"
range = [1, 10]
used_by = ["pricing.quote"]

[targets.reply]
source = "prompts/reply.md"

[settings.detect]
window_hours = 24

[policy.limits]
files = 2
"""


def test_every_key_of_a_target_is_read() -> None:
    manifest = parse_manifest(WHOLE)

    assert manifest.python == ".venv/bin/python"
    assert manifest.targets[TargetName("pricing.quote")] == Target(
        name=TargetName("pricing.quote"),
        kind=TargetKind.FUNCTION,
        path="tools/pricing.py",
        selector="Cart.quote",
        idempotent=True,
        side_effects=frozenset({SideEffect.NETWORK, SideEffect.CLOCK}),
        cases="cases/quote.jsonl",
        invariants=("result >= 0",),
        timeout=timedelta(seconds=2),
        float_tolerance=1e-9,
    )
    assert manifest.targets[TargetName("retries")] == Target(
        name=TargetName("retries"),
        kind=TargetKind.CONSTANT,
        path="settings.toml",
        selector="retry.limit",
        range=Range(low=1, high=10),
        used_by=(TargetName("pricing.quote"),),
    )
    assert manifest.targets[TargetName("reply")].kind is TargetKind.TEXT


def wrong(key: str, value: str, source: str = "a.py:f") -> bytes:
    return f'[targets."a.b"]\nsource = "{source}"\n{key} = {value}\n'.encode()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"pyhton = 'x'", "`pyhton`: there is no such key"),
        (wrong("sorce", "1"), '`targets."a.b".sorce`: there is no such key'),
        (wrong("idempotent", '"yes"'), '`targets."a.b".idempotent`'),
        (wrong("side_effects", '["magic"]'), '`targets."a.b".side_effects.0`'),
        (wrong("timeout_seconds", "0"), '`targets."a.b".timeout_seconds`'),
        (wrong("timeout_seconds", "inf"), '`targets."a.b".timeout_seconds`'),
        (wrong("float_tolerance", "-1"), '`targets."a.b".float_tolerance`'),
        (wrong("tolerance", "1"), '`targets."a.b".tolerance`'),
        (wrong("tolerance", "0.1\nfloat_tolerance = 0.1"), '`targets."a.b".tolerance`'),
        (wrong("range", "[1, 2]"), "only a constant has"),
        (wrong("schema_file", '"a.json"'), "which alone have a schema"),
        (wrong("evaluate", '"bash evals/a.sh"'), "'bash' cannot run in the sandbox"),
        (wrong("evaluate", '"python -m evals"'), "is not like `python evals/reply.py`"),
        (wrong("evaluate", '"python ../a.py"'), '`targets."a.b".evaluate`'),
        (wrong("evaluate", '"python \'a.py"'), "cannot be read as a command"),
        (wrong("evaluate", '" "'), '`targets."a.b".evaluate`'),
        (wrong("range", "[2, 1]", "a.toml#x"), "2.0 is above 1.0"),
        (wrong("range", "[1]", "a.toml#x"), '`targets."a.b".range`'),
        (wrong("used_by", '["nobody"]', "a.toml#x"), "'nobody' is no function"),
        (wrong("used_by", '["a.b"]', "a.toml#x"), "'a.b' is no function"),
        (wrong("invariants", '["result >"]'), '`targets."a.b".invariants.0`'),
        (wrong("cases", '"../cases.jsonl"'), '`targets."a.b".cases`'),
        (b"[targets.x]", "`targets.x.source`: Field required"),
        (b'[targets."a b"]\nsource = "a.py:f"', '`targets."a b"`'),
        (b"targets = 1", "`targets`"),
        (b"= 1", "is no TOML"),
        (b"\xff", "is no TOML"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(content: bytes, named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_manifest(content)

    assert refused.value.message.startswith("mendloop.toml")
    assert named in refused.value.message


def test_the_keys_that_are_accepted_are_listed() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_manifest(wrong("sorce", "1"))

    assert refused.value.hint == (
        "The keys accepted there: source, idempotent, side_effects, cases, invariants, range, "
        "used_by, timeout_seconds, tolerance, float_tolerance, schema_file, evaluate."
    )


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "../up.py:f",
        "a/../b.py:f",
        "a//b.py:f",
        "./a.py:f",
        "a.py",
        "a.py:",
        "a.py:f g",
        "a.txt:f",
        "C:\\\\a.py:f",
        "a.toml#",
        "a.toml#x..y",
        "",
    ],
)
def test_a_source_of_another_form_is_refused(source: str) -> None:
    with pytest.raises(InvalidInput, match="source"):
        parse_manifest(f'[targets.x]\nsource = "{source}"'.encode())


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_content_does_anything_but_parse_or_be_refused(content: bytes) -> None:
    try:
        manifest = parse_manifest(content)
    except InvalidInput:
        return
    assert isinstance(manifest, Manifest)


def test_a_change_of_the_file_is_seen_and_no_file_is_no_target(tmp_path: Path) -> None:
    path = tmp_path / "mendloop.toml"
    file = ManifestFile(path)
    assert file.read() == Manifest()

    path.write_text('python = "a"', encoding="utf-8")
    assert file.read().python == "a"
    assert file.read() is file.read()

    before = path.stat()
    path.write_text('python = "b"', encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert file.read().python == "b"


def test_a_broken_manifest_is_refused_every_time_and_not_only_once(tmp_path: Path) -> None:
    path = tmp_path / "mendloop.toml"
    path.write_text("nonsense", encoding="utf-8")
    file = ManifestFile(path)

    for _ in range(2):
        with pytest.raises(InvalidInput):
            file.read()


def test_a_huge_manifest_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "mendloop.toml"
    path.write_bytes(b"#" * (1024 * 1024 + 1))

    with pytest.raises(InvalidInput, match="more than"):
        ManifestFile(path).read()
