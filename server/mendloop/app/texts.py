"""Read changed texts against what the workspace says of them: schemas, files that links name."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from mendloop.app.changes import Contents
from mendloop.app.ports import Workspace
from mendloop.errors import InvalidInput, NotFound
from mendloop.model.proposal import StaticFinding
from mendloop.model.target import Manifest, Target

_MARKDOWN: Final = (".md", ".markdown")


def texts_read(
    workspace: Workspace, manifest: Manifest, contents: Contents
) -> tuple[StaticFinding, ...]:
    """What is wrong with the changed texts of a proposal, programs aside."""
    return tuple(
        finding
        for path in sorted(contents.new)
        if not path.endswith(".py")
        for finding in _read(workspace, manifest, contents, path)
    )


def _read(
    workspace: Workspace, manifest: Manifest, contents: Contents, path: str
) -> Iterator[StaticFinding]:
    from mendloop.core.validate.linked import dead_links  # noqa: PLC0415  loads with the work
    from mendloop.core.validate.structured import read_structured  # noqa: PLC0415  as above

    new = contents.new[path].decode(errors="replace")
    old = (contents.old[path] or b"").decode(errors="replace")
    here = [each for each in manifest.targets.values() if each.path == path]
    schemas: list[str | None] = [
        _schema(workspace, each) for each in here if each.schema_file is not None
    ]
    known = read_structured(path, old, None) if contents.old[path] is not None else ()
    for schema in schemas or [None]:
        found = read_structured(path, new, schema)
        # what could not be read before either is not of this change
        yield from (one for one in found if not (known and one.rule == "parses"))
    if path.endswith(_MARKDOWN):
        yield from dead_links(path, old, new, lambda link: _exists(workspace, contents, link))


def _schema(workspace: Workspace, target: Target) -> str:
    try:
        return workspace.read(target.schema_file or "").decode(errors="replace")
    except (NotFound, InvalidInput) as error:
        raise InvalidInput(
            f"The schema {target.schema_file} of {target.name} cannot be read: {error.message}",
            hint=f'Mend `targets."{target.name}".schema_file` in mendloop.toml.',
        ) from error


def _exists(workspace: Workspace, contents: Contents, path: str) -> bool:
    path = unquote(path)
    try:
        return path in contents.new or workspace.digest(path) is not None
    except InvalidInput:
        return False  # a link that leads out of the workspace leads nowhere
