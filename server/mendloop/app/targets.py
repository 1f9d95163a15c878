"""Find the target that somebody means, and what it is declared to do."""

from difflib import get_close_matches

from mendloop.errors import NotFound
from mendloop.model.ids import TargetName
from mendloop.model.proposal import Proposal
from mendloop.model.target import Manifest, SideEffect, Target


def find_target(manifest: Manifest, name: str) -> Target:
    """The target with this name.

    Raises:
        NotFound: The manifest has none; the hint names the nearest ones.
    """
    found = manifest.targets.get(TargetName(name))
    if found is not None:
        return found
    near = get_close_matches(name, manifest.targets, n=3, cutoff=0.4)
    if near:
        hint = f"Did you mean {', '.join(near)}?"
    elif manifest.targets:
        hint = f"Known targets: {', '.join(sorted(manifest.targets)[:20])}."
    else:
        hint = "mendloop.toml declares none yet: run `mendloop init` or add a [targets] table."
    raise NotFound(f"No target {name[:100]!r}.", hint=hint)


def effects_of(manifest: Manifest, proposal: Proposal) -> frozenset[SideEffect]:
    """What a proposal's targets, and those that use them, are declared to do."""
    targets = manifest.targets
    named = [targets[name] for name in proposal.targets if name in targets]
    users = [targets[user] for each in named for user in each.used_by if user in targets]
    return frozenset(effect for each in (*named, *users) for effect in each.side_effects)
