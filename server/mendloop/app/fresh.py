"""See whether what now lies on the disk works in an interpreter that has not seen it before."""

import anyio.to_thread

from mendloop.app.ports import Limits, Program, Sandbox, SandboxSession, Workspace
from mendloop.app.service import service
from mendloop.core.deploy.parse import unreadable
from mendloop.core.deploy.reach import to_load
from mendloop.errors import Conflict
from mendloop.model.deployment import Deployment
from mendloop.model.execution import Fault
from mendloop.model.observation import NotLoaded
from mendloop.model.proposal import NO_FILE
from mendloop.model.target import Manifest, Target

_MOST_TEXT = 200


@service
class FreshCheck:
    """Reads and imports what a deployment has put in place."""

    workspace: Workspace
    sandbox: Sandbox

    async def look(self, manifest: Manifest, deployment: Deployment) -> str | None:
        """Read every file, and import every function that the deployment reaches.

        The sandbox gets the bytes that are on the disk now, with all the files around them as they
        are now; the test may have been with others.

        Returns:
            The tier of the sandbox; ``None`` where there was nothing to import.

        Raises:
            Conflict: Something cannot be read or imported.
            Unavailable: The sandbox lacks a layer, so that nothing could be imported.
        """
        await anyio.to_thread.run_sync(self._parse, deployment)
        functions = to_load(manifest, deployment)
        if not functions:
            return None
        tree = await anyio.to_thread.run_sync(self.workspace.tree)
        python = await anyio.to_thread.run_sync(self.workspace.python)
        async with self.sandbox.open(tree, python=python) as session:
            for function in functions:
                await self._import(session, function, deployment)
            return session.state.tier

    def _parse(self, deployment: Deployment) -> None:
        for file in deployment.files:
            if file.new == NO_FILE:
                continue
            reason = unreadable(file.path, self.workspace.read(file.path))
            if reason is not None:
                raise Conflict(
                    f"{file.path} cannot be read once it is in place: {reason}.",
                    hint="Propose a change that parses, with propose_fix.",
                )

    async def _import(
        self, session: SandboxSession, function: Target, deployment: Deployment
    ) -> None:
        fault = await self._fault(session, function)
        if fault is not None:
            raise Conflict(
                f"{function.name} cannot be imported in a fresh interpreter with "
                f"{deployment.proposal or deployment.id} in place: {_spell(fault)}.",
                hint="Call test_fix again for the workspace as it is now; a target that no longer "
                "exists has to go from mendloop.toml.",
            )

    async def _fault(self, session: SandboxSession, function: Target) -> Fault | None:
        program = Program(overlay={}, path=function.path, function=function.selector)
        match await session.observe(program, (), limits=Limits()):
            case NotLoaded(fault=fault):
                return fault
            case _:
                return None


def _spell(fault: Fault) -> str:
    """A stranger's text, short and on one line."""
    return f"{fault.type[:_MOST_TEXT]}: {fault.message[:_MOST_TEXT]!r}"
