"""See whether what now lies on the disk works in an interpreter that has not seen it before."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

import anyio
import anyio.to_thread

from mendloop.app.ports import Blobs, Limits, Program, Sandbox, SandboxSession, Workspace
from mendloop.app.service import service
from mendloop.core.deploy.parse import unreadable
from mendloop.core.deploy.reach import to_load
from mendloop.errors import Conflict, MendloopError
from mendloop.model.deployment import Deployment
from mendloop.model.execution import Fault
from mendloop.model.observation import NotLoaded
from mendloop.model.proposal import NO_FILE
from mendloop.model.target import Manifest, Target

_MOST_TEXT = 200


Look: TypeAlias = Callable[[], Awaitable[str | None]]
"""Tells the tier of the sandbox; ``None`` where there was nothing to import."""


class _Early:
    """A sandbox that comes up while something else is done."""

    def __init__(self, sandbox: Sandbox, tree: Mapping[str, bytes], python: str) -> None:
        self.tree = tree
        self._sandbox, self._python = sandbox, python
        self._up, self._over = anyio.Event(), anyio.Event()
        self._session: SandboxSession | None = None
        self._error: MendloopError | None = None

    async def hold(self) -> None:
        """Bring it up, and keep it up until it is let go."""
        try:
            async with self._sandbox.open(self.tree, python=self._python) as session:
                self._session = session
                self._up.set()
                await self._over.wait()
        except MendloopError as error:
            self._error = error
            self._up.set()

    async def session(self) -> SandboxSession:
        """The sandbox, once it is up.

        Raises:
            Unavailable: It lacks a layer.
        """
        await self._up.wait()
        if self._session is None:
            raise self._error or AssertionError("the sandbox ended before it was up")
        return self._session

    def let_go(self) -> None:
        """It is needed no more."""
        self._over.set()


@service
class FreshCheck:
    """Reads and imports what a deployment has put in place."""

    workspace: Workspace
    blobs: Blobs
    sandbox: Sandbox

    @asynccontextmanager
    async def ahead(self, manifest: Manifest, deployment: Deployment) -> AsyncGenerator[Look]:
        """Get ready to look, while the gate decides and the files are put in place.

        The sandbox that comes up meanwhile holds the files as they will be; where they turn out
        otherwise, another one is brought up to look.
        """
        functions = to_load(manifest, deployment)
        if not functions:
            yield partial(self._look, deployment, functions, None)
            return
        tree = await anyio.to_thread.run_sync(self._as_it_will_be, deployment)
        python = await anyio.to_thread.run_sync(self.workspace.python)
        early = _Early(self.sandbox, tree, python)
        failed: MendloopError | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(early.hold)
            try:
                yield partial(self._look, deployment, functions, early)
            except MendloopError as error:  # or the group would wrap it up
                failed = error
                group.cancel_scope.cancel()
            early.let_go()
        if failed is not None:
            raise failed

    async def _look(
        self, deployment: Deployment, functions: Sequence[Target], early: _Early | None
    ) -> str | None:
        """Read every file, and import every function that the deployment reaches.

        The sandbox gets the bytes that are on the disk now, with all the files around them as they
        are now; the test may have been with others.

        Raises:
            Conflict: Something cannot be read or imported.
            Unavailable: The sandbox lacks a layer, so that nothing could be imported.
        """
        await anyio.to_thread.run_sync(self._parse, deployment)
        if early is None:
            return None
        tree = await anyio.to_thread.run_sync(self.workspace.tree)
        if tree == early.tree:
            try:
                return await self._import_all(await early.session(), functions, deployment)
            finally:
                early.let_go()  # it ends while the commit is made
        python = await anyio.to_thread.run_sync(self.workspace.python)
        async with self.sandbox.open(tree, python=python) as session:
            return await self._import_all(session, functions, deployment)

    def _as_it_will_be(self, deployment: Deployment) -> Mapping[str, bytes]:
        tree = dict(self.workspace.tree())
        for file in deployment.files:
            if file.new == NO_FILE:
                tree.pop(file.path, None)
            else:
                tree[file.path] = self.blobs.get(file.new)
        return tree

    async def _import_all(
        self, session: SandboxSession, functions: Sequence[Target], deployment: Deployment
    ) -> str:
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
