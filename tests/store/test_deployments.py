"""Deployments, watches, versions, lessons, and the stop."""

import sqlite3
from dataclasses import replace

import pytest

from mendloop.errors import NotFound
from mendloop.model.deployment import Deployment, DeploymentKind, Progress, WatchState
from mendloop.model.ids import DeploymentId, TargetName, digest_of
from mendloop.model.in_git import GitMode, GitRecord, GitState
from mendloop.model.proposal import FileChange
from mendloop.store.state import State
from tests.store.nouns import (
    DEPLOYMENT,
    LESSON,
    NOON,
    PROPOSAL,
    QUOTE,
    STOPPED,
    TAX,
    VERSION,
    WATCH,
    later,
)

pytestmark = pytest.mark.anyio


def deployment(
    name: str,
    progress: Progress = Progress.COMMITTED,
    *,
    kind: DeploymentKind = DeploymentKind.DEPLOY,
    targets: tuple[TargetName, ...] = (QUOTE,),
    hours: float = 0,
    path: str = "tools/pricing.py",
) -> Deployment:
    return replace(
        DEPLOYMENT,
        id=DeploymentId(name),
        kind=kind,
        progress=progress,
        targets=targets,
        at=later(hours=hours),
        files=(FileChange(path=path, old=None, new=digest_of(b"new")),),
        proposal=None,
    )


async def test_a_deployment_that_is_not_there_is_not_found(state: State) -> None:
    async with state.transaction() as tables:
        with pytest.raises(NotFound, match="no deployment 'd-9'"):
            await tables.deployments.get(DeploymentId("d-9"))
        with pytest.raises(NotFound, match="no deployment 'd-1'"):
            await tables.deployments.update(DEPLOYMENT)


async def test_only_the_progress_and_the_conflicts_of_a_deployment_change(state: State) -> None:
    async with state.transaction() as tables:
        await tables.deployments.add(deployment("d-1", Progress.APPLYING))
        undone = replace(
            deployment("d-1", Progress.UNDONE), conflicts=("tools/pricing.py",), reason="other"
        )
        await tables.deployments.update(undone)
        found = await tables.deployments.get(DeploymentId("d-1"))
        assert found == replace(undone, reason=DEPLOYMENT.reason)


async def test_the_newest_deployments_come_first(state: State) -> None:
    made = [
        deployment("d-1"),
        deployment("d-2", targets=(TAX, QUOTE, TAX)),
        deployment("d-3", targets=(TAX,), hours=-1),
    ]
    async with state.transaction() as tables:
        for one in made:
            await tables.deployments.add(one)
        assert await tables.deployments.page(limit=2) == (made[2], made[1])
        assert await tables.deployments.page(target=QUOTE, limit=9) == (made[1], made[0])
        assert await tables.deployments.page(target=TAX, limit=1) == (made[2],)
        assert await tables.deployments.matching_ids("d-", 2) == ("d-1", "d-2")


async def test_the_unfinished_ones_are_found_oldest_first(state: State) -> None:
    async with state.transaction() as tables:
        for number, progress in enumerate(Progress):
            await tables.deployments.add(deployment(f"d-{number}", progress))
        found = await tables.deployments.unfinished()
        assert [(one.id, one.progress.unfinished) for one in found] == [
            ("d-0", True),
            ("d-1", True),
        ]
        assert sum(progress.unfinished for progress in Progress) == len(found)


async def test_what_was_undone_and_what_was_a_rollback_does_not_count(state: State) -> None:
    async with state.transaction() as tables:
        for number, progress in enumerate(Progress):
            await tables.deployments.add(deployment(f"d-{number}", progress))
        await tables.deployments.add(deployment("d-r", kind=DeploymentKind.ROLLBACK))
        await tables.deployments.add(deployment("d-t", targets=(TAX, QUOTE), hours=1))
        count = tables.deployments.count
        assert await count(since=NOON) == 5
        assert await count(since=later(microseconds=1)) == 1
        assert await count(since=later(hours=2)) == 0
        assert await count(since=NOON, target=QUOTE) == 5
        assert await count(since=NOON, target=TAX) == 1
        assert await count(since=later(hours=2), target=TAX) == 0


async def test_the_last_rollback_of_a_target_is_the_newest_that_was_committed(
    state: State,
) -> None:
    back = DeploymentKind.ROLLBACK
    async with state.transaction() as tables:
        await tables.deployments.add(deployment("d-1", hours=5))
        assert await tables.deployments.last_rollback(QUOTE) is None
        await tables.deployments.add(deployment("d-2", kind=back, targets=(TAX, QUOTE), hours=2))
        await tables.deployments.add(deployment("d-3", kind=back, hours=1))
        await tables.deployments.add(deployment("d-4", Progress.UNDONE, kind=back, hours=3))
        assert await tables.deployments.last_rollback(QUOTE) == later(hours=2)
        assert await tables.deployments.last_rollback(TargetName("other")) is None


async def test_the_latest_on_a_path_is_the_newest_that_was_committed(state: State) -> None:
    made = [
        deployment("d-1"),
        deployment("d-2", kind=DeploymentKind.ROLLBACK, hours=-1),
        deployment("d-3", Progress.ABORTED),
        deployment("d-4", path="tools/tax.py"),
    ]
    async with state.transaction() as tables:
        for one in made:
            await tables.deployments.add(one)
        assert await tables.deployments.latest_on("tools/pricing.py") == made[1]
        assert await tables.deployments.latest_on("tools/tax.py") == made[3]
        assert await tables.deployments.latest_on("tools") is None


async def test_a_rollback_takes_back_a_deployment_that_is_there(state: State) -> None:
    back = replace(deployment("d-2", kind=DeploymentKind.ROLLBACK), undoes=DEPLOYMENT.id)
    with pytest.raises(sqlite3.IntegrityError):
        async with state.transaction() as tables:
            await tables.deployments.add(back)


async def test_only_watches_that_go_on_are_active(state: State) -> None:
    tax = replace(WATCH, target=TAX)
    newer = replace(WATCH, deployment=DeploymentId("d-2"))
    async with state.transaction() as tables:
        await tables.deployments.add(deployment("d-1"))
        await tables.deployments.add(deployment("d-2"))
        assert await tables.watches.get(WATCH.deployment, QUOTE) is None
        for watch in (tax, WATCH, newer):
            await tables.watches.add(watch)
        assert await tables.watches.active() == (tax, WATCH, newer)
        assert await tables.watches.active_for(QUOTE) == newer
        assert await tables.watches.of(WATCH.deployment) == (WATCH, tax)
        for ended in (newer, tax):
            await tables.watches.update(replace(ended, state=WatchState.HEALTHY, calls=9))
        assert await tables.watches.active() == (WATCH,)
        assert await tables.watches.active_for(QUOTE) == WATCH
        assert await tables.watches.active_for(TAX) is None
        found = await tables.watches.get(tax.deployment, TAX)
        assert found == replace(tax, state=WatchState.HEALTHY, calls=9)


async def test_a_watch_that_was_never_begun_is_not_found(state: State) -> None:
    async with state.transaction() as tables:
        with pytest.raises(NotFound, match=r"Nobody watches pricing\.quote for deployment d-1"):
            await tables.watches.update(WATCH)


async def test_the_current_version_has_the_largest_number(state: State) -> None:
    second = replace(VERSION, number=2, parent=1)
    async with state.transaction() as tables:
        assert await tables.versions.current(QUOTE) is None
        for version in (second, VERSION, replace(VERSION, number=7, target=TAX)):
            await tables.versions.add(version)
        assert await tables.versions.page(QUOTE) == (second, VERSION)
        assert await tables.versions.current(QUOTE) == second
        assert await tables.versions.get(QUOTE, 1) == VERSION
        with pytest.raises(NotFound, match=r"pricing\.quote has no version 3"):
            await tables.versions.get(QUOTE, 3)
        with pytest.raises(NotFound):
            await tables.versions.get(QUOTE, 10**30)


async def test_lessons_are_found_by_any_of_their_fingerprints_once(state: State) -> None:
    two = replace(LESSON, fingerprints=("abc", "def", "abc"), origin="tuner")
    none = replace(LESSON, fingerprints=())
    async with state.transaction() as tables:
        await tables.proposals.add(PROPOSAL)
        await tables.deployments.add(DEPLOYMENT)
        for lesson in (LESSON, two, none):
            await tables.lessons.add(lesson)
        assert await tables.lessons.page(limit=2) == (none, two)
        assert await tables.lessons.for_fingerprints(["abc", "def"]) == (two, LESSON)
        assert await tables.lessons.for_fingerprints({"def"}) == (two,)
        assert await tables.lessons.for_fingerprints([]) == ()
        assert await tables.lessons.for_fingerprints(["xyz"]) == ()


async def test_a_stop_lasts_until_it_is_cleared(state: State) -> None:
    other = replace(STOPPED, by="ben")
    async with state.transaction() as tables:
        assert await tables.stop.current() is None
        await tables.stop.set(STOPPED)
        await tables.stop.set(other)
        assert await tables.stop.current() == other
        await tables.stop.clear()
        assert await tables.stop.current() is None


async def test_what_became_of_a_commit_is_kept_and_what_is_wanted_is_found(state: State) -> None:
    wanted = GitRecord(mode=GitMode.COMMIT)
    made = replace(wanted, state=GitState.MADE, branch="main", commit="0" * 40)
    async with state.transaction() as tables:
        for number, progress in enumerate(Progress):
            await tables.deployments.add(replace(deployment(f"d-{number}", progress), git=wanted))
        [found] = await tables.deployments.uncommitted()
        assert (found.progress, found.git) == (Progress.COMMITTED, wanted)
        await tables.deployments.update(replace(found, git=made))
        assert await tables.deployments.uncommitted() == ()
        assert (await tables.deployments.get(found.id)).git == made
        [handed] = await tables.deployments.handed_over(limit=2)
        assert handed.progress is Progress.HANDED_OVER
