"""Number the contents that a target's file has had."""

from collections.abc import Sequence

from mendloop.app.ports import Workspace
from mendloop.core.deploy.reach import steps
from mendloop.core.deploy.versions import Step, next_versions
from mendloop.model.deployment import Deployment
from mendloop.model.ids import Digest
from mendloop.model.proposal import change_digest
from mendloop.model.report import report_digest
from mendloop.model.target import Manifest
from mendloop.store.state import Tables


def steps_of(workspace: Workspace, manifest: Manifest, deployment: Deployment) -> tuple[Step, ...]:
    """What a deployment does to the file of each target; reads those that it does not touch."""
    own = [manifest.targets[name] for name in deployment.targets if name in manifest.targets]
    touched = {file.path for file in deployment.files}
    held = {
        target.path: digest
        for target in own
        if target.path not in touched
        if (digest := workspace.digest(target.path)) is not None
    }
    return steps(manifest, deployment, held)


async def keep_versions(tables: Tables, taken: Sequence[Step], deployment: Deployment) -> None:
    """Add the versions that a deployment makes."""
    report = await _report(tables, deployment)
    for step in taken:
        known = await tables.versions.page(step.target)
        for version in next_versions(known, step, deployment, report):
            await tables.versions.add(version)


async def _report(tables: Tables, deployment: Deployment) -> Digest | None:
    """The digest of the report on which a proposal was let through."""
    if deployment.proposal is None:
        return None
    report = await tables.reports.latest(deployment.proposal)
    if report is None or report.change != change_digest(deployment.files):
        return None
    return report_digest(report)
