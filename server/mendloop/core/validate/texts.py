"""Reads a change to a text that is no program: a prompt, a skill, a protocol, a settings file."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Final

from mendloop.core.validate.wording import clean
from mendloop.model.proposal import ChangeKind, StaticFinding

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}|\{([A-Za-z_]\w*)\}")
_LINK: Final = re.compile(r"!?\[[^\]\n]*\]\(\s*<?([^)>\s]*)[^)\n]*\)")
_COMMENT: Final = re.compile(r"(?m)(?:^|(?<=\s))#(?:[ \t].*)?$")
_FENCE: Final = "---"
PROSE: Final = frozenset({"md", "markdown", "txt", "rst", "prompt"})


def kind_of_text(path: str) -> ChangeKind:
    """What a change to such a file is: programs read a protocol, a model or a person a skill."""
    return ChangeKind.SKILL_IMPROVE if _suffix(path) in PROSE else ChangeKind.PROTOCOL_UPDATE


def read_text(path: str, old: str | None, new: str) -> tuple[StaticFinding, ...]:
    """What reading a changed text shows.

    Args:
        path: The file; its ending says what it is.
        old: Its text so far.
        new: Its new text. YAML is left to the caller, who has a parser.

    Returns:
        The findings, blocking ones where whoever reads the file could no longer.
    """
    match _suffix(path):
        case "json":
            return (*_json(path, new), *_placeholders(path, old or "", new))
        case "toml":
            return (*_toml(path, new), *_placeholders(path, _said(old or ""), _said(new)))
        case "yaml" | "yml":
            return tuple(_placeholders(path, _said(old or ""), _said(new)))
        case suffix if suffix in PROSE:
            return (
                *_placeholders(path, old or "", new),
                *_front_matter(path, old or "", new),
                *_links(path, old or "", new),
            )
        case _:
            return ()


def _json(path: str, new: str) -> Iterator[StaticFinding]:
    try:
        json.loads(new)
    except json.JSONDecodeError as error:
        yield _finding("parses", path, error.lineno, f"It is no JSON: {error.msg}.", blocks=True)
    except RecursionError:
        yield _finding("parses", path, 1, "It is nested too deep to be read.", blocks=True)


def _toml(path: str, new: str) -> Iterator[StaticFinding]:
    try:
        tomllib.loads(new)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        yield _finding(
            "parses", path, int(line[1]) if line else 1, f"It is no TOML: {error}.", blocks=True
        )


def _said(text: str) -> str:
    """A text of settings or steps without its comments, which nobody fills in."""
    return _COMMENT.sub("", text)


def _placeholders(path: str, old: str, new: str) -> Iterator[StaticFinding]:
    """Whoever fills in a text counts on its placeholders, and knows no others."""
    before, after = _named(old), _named(new)
    for name in sorted(before.keys() - after.keys()):
        yield _finding("placeholders", path, 1, f"The placeholder {name} is gone.", blocks=True)
    for name in sorted(after.keys() - before.keys()):
        message = f"The placeholder {name} is new: nobody is known to fill it in."
        yield _finding("placeholders", path, after[name], message, blocks=False)


def _named(text: str) -> dict[str, int]:
    """Every placeholder as it is written, with the line where it first stands."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        for match in _PLACEHOLDER.finditer(line):
            double, single = match.groups()
            found.setdefault(f"{{{{{double}}}}}" if double else f"{{{single}}}", number)
    return found


def _front_matter(path: str, old: str, new: str) -> Iterator[StaticFinding]:
    """The keys between two lines of three dashes at the top; loaders cannot do without them."""
    before, after = _front(old), _front(new)
    if after is None:
        message = "The front matter is opened by --- and never closed."
        yield _finding("front_matter", path, 1, message, blocks=True)
    elif before and not after:
        yield _finding("front_matter", path, 1, "The front matter is gone.", blocks=True)
    elif before:
        for key in [key for key in before if key not in after]:
            yield _finding(
                "front_matter", path, 1, f"The key {key} of the front matter is gone.", blocks=True
            )


def _front(text: str) -> list[str] | None:
    """The keys of the front matter; none where there is none, ``None`` where it has no end."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        return []
    ends = [number for number, line in enumerate(lines) if number and line.rstrip() == _FENCE]
    if not ends:
        return None
    keys = (re.match(r"([A-Za-z_][\w-]*)\s*:", line) for line in lines[1 : ends[0]])
    return [key[1] for key in keys if key]


def _links(path: str, old: str, new: str) -> Iterator[StaticFinding]:
    """New links that lead out of the folder, to the root of a machine, or nowhere."""
    known = set(_LINK.findall(old))
    for number, line in enumerate(new.split("\n"), start=1):
        for link in _LINK.findall(line):
            if link in known:
                continue
            if not link:
                yield _finding("links", path, number, "A link leads nowhere.", blocks=True)
            elif link.startswith(("/", "file:", "~")) or ".." in link.split("/"):
                message = f"The link {link} leads out of the folder."
                yield _finding("links", path, number, message, blocks=False)


def _finding(rule: str, path: str, line: int, message: str, *, blocks: bool) -> StaticFinding:
    return StaticFinding(rule=rule, message=clean(message), path=path, line=line, blocks=blocks)


def _suffix(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower()
