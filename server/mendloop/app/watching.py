"""Begin and end the watches over what was deployed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import anyio.to_thread

from mendloop.app.ports import Workspace
from mendloop.app.service import service
from mendloop.core.deploy.reach import watched
from mendloop.core.monitor.rule import WatchRule
from mendloop.model.deployment import Deployment, Watch, WatchState
from mendloop.model.execution import Tally
from mendloop.model.ids import Digest
from mendloop.model.target import Manifest, Target
from mendloop.store.history import History
from mendloop.store.state import State, Tables

_BASELINE: Final = 1000
"""So many of the newest calls say how it was before."""
_EVER: Final = datetime.min.replace(tzinfo=UTC)


@service
class Watching:
    """Knows what there is to watch, and how it was before."""

    state: State
    history: History
    workspace: Workspace
    rule: WatchRule

    async def prepare(self, manifest: Manifest, deployment: Deployment) -> tuple[Watch, ...]:
        """The watches to begin, judged against how things are now: call it before files change.

        A constant or a text is watched through the functions that use it.
        """
        # before the first file changes, so that no call of the new version is missed
        cursor = await self.history.last_seq()
        return tuple(
            [
                await self._watch(target, deployment, cursor)
                for target in watched(manifest, deployment.targets)
            ]
        )

    async def begin(self, tables: Tables, watches: Sequence[Watch], *, at: datetime) -> None:
        """Put watches on record as begun, and end those over the same targets."""
        for watch in watches:
            before = await tables.watches.active_for(watch.target)
            if before is not None:
                await tables.watches.update(
                    replace(
                        before,
                        state=WatchState.ENDED,
                        summary=f"Replaced by {watch.deployment} before it was clear.",
                    )
                )
            await tables.watches.add(replace(watch, started=at))

    async def _watch(self, target: Target, deployment: Deployment, cursor: int) -> Watch:
        tally = await self._baseline(target)
        evidence, summary = await anyio.to_thread.run_sync(self._evidence, tally)
        return Watch(
            deployment=deployment.id,
            target=target.name,
            state=WatchState.WATCHING,
            started=deployment.at,
            version=await anyio.to_thread.run_sync(self._version, target, deployment),
            baseline_calls=tally.calls,
            baseline_failures=tally.failures,
            calls=0,
            failures=0,
            cursor=cursor,
            evidence=evidence,
            summary=summary,
        )

    async def _baseline(self, target: Target) -> Tally:
        """Of the version in force; of all before where that was hardly called."""
        async with self.state.reading() as tables:
            version = await tables.versions.current(target.name)
        since = _EVER if version is None else version.at
        series = await self.history.series(target.name, since=since, limit=_BASELINE)
        if len(series.failed) < self.rule.least_calls:
            series = await self.history.series(target.name, since=_EVER, limit=_BASELINE)
        return series.tally

    def _evidence(self, baseline: Tally) -> tuple[str, str]:
        from mendloop.core.monitor import watch  # noqa: PLC0415  numpy loads with the work

        evidence = watch.begin(baseline, self.rule)
        return watch.to_text(evidence), watch.judge(evidence).summary

    def _version(self, target: Target, deployment: Deployment) -> Digest:
        """The digest of the target's file once the deployment is in place."""
        for file in deployment.files:
            if file.path == target.path:
                return file.new
        return self.workspace.digest(target.path) or Digest("")
