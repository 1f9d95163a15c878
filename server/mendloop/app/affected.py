"""Which functions a change touches: those it is meant for, and those that live beside them."""

from mendloop.model.proposal import Proposal
from mendloop.model.target import Manifest, Target, TargetKind
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Functions that can be called to see what a change does."""

    meant: tuple[Target, ...]
    """Whose failures it should mend: the proposal's own targets, or the users of its constants."""
    beside: tuple[Target, ...]
    """Others in the same files, which must stay as they were."""


def affected(manifest: Manifest, proposal: Proposal) -> Affected:
    """The functions to try a proposal on."""
    meant: dict[str, Target] = {}
    for name in proposal.targets:
        target = manifest.targets.get(name)
        if target is None:
            continue
        users = target.used_by if target.kind is TargetKind.CONSTANT else (target.name,)
        for user in users:
            function = manifest.targets.get(user)
            if function is not None and function.kind is TargetKind.FUNCTION:
                meant[function.name] = function
    changed = {file.path for file in proposal.files}
    beside = tuple(
        target
        for target in manifest.targets.values()
        if target.kind is TargetKind.FUNCTION
        and target.path in changed
        and target.name not in meant
        and target.replayable
    )
    return Affected(meant=tuple(meant.values()), beside=beside)
