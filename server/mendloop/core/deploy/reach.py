"""Which targets a change to some files reaches."""

from collections.abc import Collection, Mapping

from mendloop.core.deploy.versions import Step
from mendloop.model.deployment import Deployment
from mendloop.model.ids import Digest, TargetName
from mendloop.model.target import Manifest, Target, TargetKind


def watched(manifest: Manifest, targets: Collection[TargetName]) -> tuple[Target, ...]:
    """The targets whose calls show what a deployment did: its own, or those that use them."""
    names = [
        name
        for target in targets
        if target in manifest.targets
        for name in (manifest.targets[target].used_by or (target,))
    ]
    return tuple(manifest.targets[name] for name in dict.fromkeys(names))


def to_load(manifest: Manifest, deployment: Deployment) -> tuple[Target, ...]:
    """The functions that must be importable after it: all in its files, and all that use those."""
    paths = {file.path for file in deployment.files}
    touched = [target for target in manifest.targets.values() if target.path in paths]
    reached = watched(manifest, [*deployment.targets, *(target.name for target in touched)])
    return tuple(
        dict.fromkeys(
            target for target in (*touched, *reached) if target.kind is TargetKind.FUNCTION
        )
    )


def steps(
    manifest: Manifest, deployment: Deployment, held: Mapping[str, Digest]
) -> tuple[Step, ...]:
    """What a deployment does to the file of every target that it is of, or that it touches.

    Args:
        manifest: What the targets are.
        deployment: What was done.
        held: What the files of its own targets hold that it did not touch.
    """
    changes = {file.path: file for file in deployment.files}
    found: list[Step] = []
    for target in manifest.targets.values():
        meant = target.name in deployment.targets
        change = changes.get(target.path)
        if change is not None:
            found.append(
                Step(
                    target=target.name,
                    path=target.path,
                    old=change.old,
                    new=change.new,
                    meant=meant,
                    selector=target.selector,
                )
            )
        elif meant and target.path in held:
            digest = held[target.path]
            found.append(
                Step(
                    target=target.name,
                    path=target.path,
                    old=digest,
                    new=digest,
                    meant=True,
                    selector=target.selector,
                )
            )
    return tuple(found)
