"""Rule: the links of a changed text lead somewhere.

Only what is new is looked at; a link that led nowhere before is somebody else's.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Final

from mendloop.core.validate.wording import clean
from mendloop.model.proposal import StaticFinding

_LINK: Final = re.compile(r"!?\[[^\]\n]*\]\(\s*<?([^)>\s]*)[^)\n]*\)")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_HEADING: Final = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_NOT_IN_ANCHORS: Final = re.compile(r"[^\w\- ]")
_MOST: Final = 100


def dead_links(
    path: str, old: str, new: str, exists: Callable[[str], bool]
) -> Iterator[StaticFinding]:
    """The new links of a Markdown text that lead nowhere; they block.

    Args:
        path: The file.
        old: Its text so far.
        new: Its new text; untrusted.
        exists: Whether there is such a file, relative to the workspace, for a path as a link
            writes it.
    """
    known = set(_LINK.findall(old))
    anchors = set(_anchors(new))
    for number, link in list(_links(new))[:_MOST]:
        if link in known or _SCHEME.match(link) or not link or link.startswith(("/", "~")):
            continue
        file, _, anchor = link.partition("#")
        if file:
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
            if not place.startswith("..") and not exists(place):
                yield _finding(path, number, f"The link {link} leads to no file.")
        elif anchor and anchor.lower() not in anchors:
            yield _finding(path, number, f"The link {link} leads to no heading.")


def _links(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        for link in _LINK.findall(line):
            yield number, link


def _anchors(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        heading = _HEADING.match(line)
        if heading is not None:
            yield _NOT_IN_ANCHORS.sub("", heading[1].lower()).replace(" ", "-")


def _finding(path: str, line: int, message: str) -> StaticFinding:
    return StaticFinding(rule="links", message=clean(message), path=path, line=line, blocks=True)
