"""What does not fit between workspace and records, and that only a person can settle."""

from collections.abc import Iterator, Mapping, Sequence

from mendloop.model.deployment import Watch
from mendloop.model.drift import TrackedFile
from mendloop.model.ids import Digest
from mendloop.model.proposal import NO_FILE, Proposal
from mendloop.model.target import Manifest
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """One such thing."""

    what: str
    """A path, or an id."""
    why: str
    hint: str


def odd_files(
    manifest: Manifest, files: Sequence[TrackedFile], held: Mapping[str, Digest]
) -> Iterator[Odd]:
    """Files that are gone, changed by somebody, or declared twice over.

    Args:
        manifest: What is declared.
        files: What is known of the files.
        held: What the declared files hold; ``NO_FILE`` where there is none.
    """
    by_path = {target.path: target for target in manifest.targets.values()}
    drifted = {file.path for file in files if file.drifted}
    for path, target in sorted(by_path.items()):
        if held[path] == NO_FILE:
            hint = f"mendloop restore {target.name}, or take it out of mendloop.toml"
            yield Odd(what=path, why="is declared, and there is no such file", hint=hint)
        elif path in drifted:
            hint = f"mendloop adopt {target.name}, or mendloop restore {target.name}"
            yield Odd(what=path, why="was changed outside the loop", hint=hint)
    first: dict[tuple[str, str], str] = {}
    for target in manifest.targets.values():
        twin = first.setdefault((target.path, target.selector), target.name)
        if twin != target.name:
            why = f"is the same as {twin}"
            yield Odd(what=target.name, why=why, hint="take one of them out of mendloop.toml")


def odd_proposals(proposals: Sequence[Proposal], held: Mapping[str, Digest]) -> Iterator[Odd]:
    """Proposals that wait, and were made for bytes that are not there."""
    for proposal in proposals:
        stale = [file.path for file in proposal.files if held[file.path] != (file.old or NO_FILE)]
        if stale:
            yield Odd(
                what=proposal.id,
                why=f"was made for other bytes of {', '.join(stale)}",
                hint=f"mendloop reject {proposal.id}, or propose it anew",
            )


def odd_watches(watches: Sequence[Watch], manifest: Manifest) -> Iterator[Odd]:
    """Watches over what is declared no more."""
    for watch in watches:
        if watch.target not in manifest.targets:
            yield Odd(
                what=watch.deployment,
                why=f"watches {watch.target}, which is declared no more",
                hint=f"declare it again, or mendloop rollback {watch.deployment}",
            )


def odd_contents(missing: Sequence[Digest]) -> Iterator[Odd]:
    """Contents that a version needs and that are nowhere."""
    for digest in missing:
        yield Odd(
            what=digest[:12],
            why="is named by a version or a proposal, and kept nowhere",
            hint="bring the state folder's blobs back from a backup",
        )
