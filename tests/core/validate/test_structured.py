import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mendloop.core.validate.linked import dead_links
from mendloop.core.validate.structured import MOST_CHARACTERS, read_structured

SCHEMA = json.dumps(
    {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "n": {"type": "integer"}},
    }
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{"name": "x", "n": 1}'),
        ("a.yaml", "name: x\nn: 1\n"),
        ("a.toml", 'name = "x"\nn = 1\n'),
        ("a.md", "---\nname: x\nn: 1\n---\n# Text\n"),
        ("a.md", "# No front matter\n"),
        ("a.txt", "anything"),
    ],
)
def test_what_keeps_to_its_schema_has_no_findings(path: str, text: str) -> None:
    assert read_structured(path, text, SCHEMA) == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{"n": "one"}'),
        ("a.yaml", "n: one\n"),
        ("a.toml", 'n = "one"\n'),
        ("a.md", "---\nn: one\n---\n"),
    ],
)
def test_every_departure_from_the_schema_blocks_and_names_its_place(path: str, text: str) -> None:
    found = read_structured(path, text, SCHEMA)
    assert {each.rule for each in found} == {"schema"}
    assert all(each.blocks for each in found)
    assert any(each.message.startswith("n: 'one' is not of type") for each in found)


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [("a.json", '{\n"a": }', 2), ("a.yaml", "a: 1\nb: [\n", 3), ("a.md", "---\na: [\n---\n", 2)],
)
def test_what_cannot_be_read_blocks_at_its_line(path: str, text: str, line: int) -> None:
    (found,) = read_structured(path, text, None)
    assert (found.rule, found.line, found.blocks) == ("parses", line, True)


def test_a_text_that_repeats_itself_without_end_is_refused_soon() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
    )
    (found,) = read_structured("a.yaml", bomb, SCHEMA)
    assert "aliases" in found.message
    (large,) = read_structured("a.yaml", "a" * (MOST_CHARACTERS + 1), SCHEMA)
    assert large.rule == "schema"


@pytest.mark.parametrize(
    "schema",
    [
        "{",
        '{"type": 7}',
        '{"$ref": "https://example.org/s.json"}',
        '{"$ref": "file:///etc/passwd"}',
    ],
)
def test_a_schema_that_is_none_or_points_elsewhere_is_not_followed(schema: str) -> None:
    (found,) = read_structured("a.json", "{}", schema)
    assert found.rule == "schema"
    assert "schema" in found.message


@given(st.sampled_from(["a.json", "a.yaml", "a.toml", "a.md"]), st.text(max_size=200))
def test_any_text_is_read_without_harm(path: str, text: str) -> None:
    assert all(each.blocks for each in read_structured(path, text, SCHEMA))


def links(new: str, old: str = "") -> list[str]:
    files = {"docs/other.md", "top.md"}
    return [each.message for each in dead_links("docs/a.md", old, new, files.__contains__)]


def test_a_new_link_has_to_lead_somewhere() -> None:
    assert links("[a](other.md) [b](../top.md#x) [c](https://example.org/x) [d](mailto:a@b)") == []
    assert links("[a](gone.md)") == ["The link gone.md leads to no file."]
    assert links("[a](gone.md)", "[a](gone.md)") == []
    assert links("# Some Words\n[a](#some-words)") == []
    assert links("[a](#elsewhere)") == ["The link #elsewhere leads to no heading."]
