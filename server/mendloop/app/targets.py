"""Find the target that somebody means."""

from difflib import get_close_matches

from mendloop.errors import NotFound
from mendloop.model.ids import TargetName
from mendloop.model.target import Manifest, Target


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
