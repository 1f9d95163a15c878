"""From what an agent sends to the new bytes of files: whole files, edits, or a diff."""

import codecs
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, TypeAlias

from mendloop.app.ports import Workspace
from mendloop.app.service import service
from mendloop.errors import InvalidInput, NotFound
from mendloop.noun import dataclass

_CLOSE: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFile:
    """One file's new content."""

    path: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEdit:
    """Replace one text, which occurs exactly once, by another."""

    path: str
    old: str
    new: str


Change: TypeAlias = tuple[WholeFile | TextEdit, ...] | str
"""Whole files, edits, or a unified diff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The files of a change, before and after; ``None`` for one that is not there yet."""

    old: Mapping[str, bytes | None]
    new: Mapping[str, bytes]


@service
class Changes:
    """Applies changes to copies; no file of the workspace is touched."""

    workspace: Workspace

    def contents(self, change: Change) -> dict[str, bytes]:
        """The new bytes of every file that a change names.

        Raises:
            InvalidInput: It does not apply; the message says precisely why.
        """
        if isinstance(change, str):
            return self._from_diff(change)
        if not change:
            raise InvalidInput(
                "The change is empty.", hint="Pass `files`, `edits` or `diff`, with content."
            )
        whole = [each for each in change if isinstance(each, WholeFile)]
        edits = [each for each in change if isinstance(each, TextEdit)]
        written = {each.path: self._like_before(each.path, each.content) for each in whole}
        return {**written, **self._from_edits(edits)}

    def before(self, path: str) -> bytes | None:
        """The bytes of a file as it stands; ``None`` where there is none.

        Raises:
            InvalidInput: The path leaves the workspace, or is no regular file.
        """
        try:
            return self.workspace.read(path)
        except NotFound:
            return None

    def _from_edits(self, edits: list[TextEdit]) -> dict[str, bytes]:
        from mendloop.core.repair.edits import (  # noqa: PLC0415  its package loads libcst
            Edit,
            apply_edits,
        )
        from mendloop.core.repair.refusal import DoesNotApply  # noqa: PLC0415

        new: dict[str, bytes] = {}
        for path in dict.fromkeys(edit.path for edit in edits):
            wanted = [Edit(old=edit.old, new=edit.new) for edit in edits if edit.path == path]
            text = self._text(path)
            if text is None and wanted[0].old:
                raise InvalidInput(
                    f"{path} does not exist.",
                    hint=self._meant(path) + "To make a new file, leave `old` empty.",
                )
            match apply_edits(text or "", wanted):
                case DoesNotApply(reason=reason, hint=hint):
                    raise InvalidInput(f"{path}: {reason}", hint=hint)
                case text:
                    new[path] = text.encode()
        return new

    def _from_diff(self, diff: str) -> dict[str, bytes]:
        from mendloop.core.repair.diffs import apply_diff  # noqa: PLC0415  its package loads libcst
        from mendloop.core.repair.refusal import DoesNotApply  # noqa: PLC0415

        absent: list[str] = []

        def text(path: str) -> str | None:
            found = self._text(path)
            absent.extend([path] if found is None else [])
            return found

        match apply_diff(text, diff):
            case DoesNotApply(reason=reason, hint=hint):
                meant = self._meant(absent[-1]) if absent else ""
                raise InvalidInput(reason, hint=meant + hint)
            case texts:
                return {path: text.encode() for path, text in texts.items()}

    def _meant(self, path: str) -> str:
        """A question for the file of a target that is named much like a path to nowhere."""
        name = path.rpartition("/")[2]
        paths = sorted({each.path for each in self.workspace.manifest().targets.values()})
        same = [each for each in paths if each.rpartition("/")[2] == name]
        close = same if len(same) == 1 else get_close_matches(path, paths, 1, _CLOSE)
        return f"Is {close[0]} meant? " if close else ""

    def _like_before(self, path: str, content: str) -> bytes:
        """A whole file's bytes, with the byte order mark and line ends that it had."""
        before = self.before(path)
        data = content.encode()
        if before is None:
            return data
        if b"\r\n" in before and b"\r\n" not in data:
            data = data.replace(b"\n", b"\r\n")
        if before.startswith(codecs.BOM_UTF8) and not data.startswith(codecs.BOM_UTF8):
            data = codecs.BOM_UTF8 + data
        return data

    def _text(self, path: str) -> str | None:
        data = self.before(path)
        if data is None:
            return None
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise InvalidInput(
                f"{path} is not UTF-8, so that it cannot be edited as text.",
                hint="Change it by hand, or convert it first.",
            ) from error
