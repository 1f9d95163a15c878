"""Calls the user's tools on this machine, in worker processes that run the files as they stand."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread

from mendloop.adapters.runners.process import GoneError, Told, Worker, unchanged
from mendloop.app.ports import Ran
from mendloop.errors import InvalidInput
from mendloop.model.execution import Fault
from mendloop.model.ids import Digest
from mendloop.model.observation import NotRun, Raised, Returned
from mendloop.model.target import Target
from mendloop.model.value import Encoded

_MOST_WORKERS: Final = 4
_LOAD_SECONDS: Final = 60.0
"""How long the import of a file may take; it is not part of the call."""

_Key = tuple[str, str]


class LocalRunner:
    """One worker for each file, kept while the files that it has imported stay as they are.

    Calls of one file queue; calls of different files run side by side, four at most.
    """

    def __init__(self, root: Path, python: Callable[[], str]) -> None:
        """Set up; nothing is started yet.

        Args:
            root: The workspace.
            python: Gives the interpreter that its manifest names now.
        """
        self._root = root.resolve()
        self._python = python
        self._workers: OrderedDict[_Key, Worker] = OrderedDict()
        self._queues: dict[_Key, anyio.Lock] = {}
        self._places = anyio.Semaphore(_MOST_WORKERS)
        self._busy: set[_Key] = set()

    async def call(
        self, target: Target, args: Sequence[Encoded], kwargs: Mapping[str, Encoded]
    ) -> Ran:
        """Make one call in a worker that runs the file as it stands now.

        Raises:
            InvalidInput: The arguments cannot be rebuilt.
            Unavailable: The interpreter could not be started.
        """
        key = (await to_thread.run_sync(self._python), target.path)
        queue = self._queues.setdefault(key, anyio.Lock())
        async with queue, self._places:
            finished = False
            self._busy.add(key)
            try:
                ran = await self._call(key, target, args, kwargs)
                finished = True
            finally:
                self._busy.discard(key)
                if not finished:
                    await self._drop(key)
        if isinstance(ran, NotRun):
            raise InvalidInput(
                f"{target.name} was not called: {ran.why}.",
                hint="Send values that JSON and its tags can hold.",
            )
        return ran

    async def aclose(self) -> None:
        """End every worker."""
        for key in list(self._workers):
            await self._drop(key)

    async def _call(
        self,
        key: _Key,
        target: Target,
        args: Sequence[Encoded],
        kwargs: Mapping[str, Encoded],
    ) -> Ran | NotRun:
        worker = self._workers.get(key)
        if worker is None or not await self._current(worker):
            await self._drop(key)
            worker = await self._start(key)
            loaded = await self._ask(key, {"root": str(self._root), "path": key[1]}, _LOAD_SECONDS)
            if not isinstance(loaded, Told):
                return loaded
            if isinstance(loaded.answer.seen, Raised):
                await self._drop(key)
                return self._ran(loaded, target)
        order: dict[str, Encoded] = {
            "function": target.selector,
            "args": list(args),
            "kwargs": dict(kwargs),
        }
        told = await self._ask(key, order, target.timeout.total_seconds())
        if not isinstance(told, Told):
            return told
        if isinstance(told.answer.seen, NotRun):
            return told.answer.seen
        return self._ran(told, target)

    async def _current(self, worker: Worker) -> bool:
        return worker.fresh and await to_thread.run_sync(unchanged, worker.files)

    async def _start(self, key: _Key) -> Worker:
        while len(self._workers) >= _MOST_WORKERS:
            idle = next(key for key in self._workers if key not in self._busy)
            await self._drop(idle)
        worker = self._workers[key] = await Worker.start(key[0], self._root)
        return worker

    async def _ask(self, key: _Key, order: Mapping[str, Encoded], seconds: float) -> Told | Ran:
        """Have the worker do something; end it when it takes too long or ends by itself."""
        worker = self._workers[key]
        version = worker.files.get(str(self._root / key[1]))
        self._workers.move_to_end(key)
        try:
            with anyio.fail_after(seconds):
                return await worker.ask(order)
        except TimeoutError:
            await self._drop(key)
            return _failed(None, seconds, version)
        except GoneError as gone:
            await self._drop(key)
            fault = Fault(type="Crashed", message=f"the worker of {key[1]} ended: {gone.how}")
            return _failed(fault, 0.0, version)

    async def _drop(self, key: _Key) -> None:
        worker = self._workers.pop(key, None)
        if worker is not None:
            await worker.close()

    def _ran(self, told: Told, target: Target) -> Ran:
        seen = told.answer.seen
        return Ran(
            result=seen.value if isinstance(seen, Returned) else None,
            fault=seen.fault if isinstance(seen, Raised) else None,
            timed_out=False,
            seconds=told.answer.seconds,
            version=told.files.get(str(self._root / target.path)),
        )


def _failed(fault: Fault | None, seconds: float, version: Digest | None) -> Ran:
    return Ran(result=None, fault=fault, timed_out=fault is None, seconds=seconds, version=version)
