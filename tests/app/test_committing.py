import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from mendloop.errors import Conflict, Refused
from mendloop.model.deployment import Deployment, Progress
from mendloop.model.in_git import GitMode, GitState
from mendloop.model.proposal import ChangeKind
from mendloop.model.report import report_digest
from tests.app.repositories import Repository, begin, shaped
from tests.app.rig import FILES, GREET, POLITE, Rig, lay_out, rigged
from tests.conftest import HandClock

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here"),
]

GREETING, REPLY = "tools/greet.py", "prompts/reply.md"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    lay_out(tmp_path)
    return begin(tmp_path / "workspace")


@pytest.fixture
async def rig(repository: Repository, tmp_path: Path, clock: HandClock) -> AsyncGenerator[Rig]:
    del repository
    async with rigged(tmp_path, clock, git=GitMode.COMMIT, patience=0.1) as opened:
        yield opened


async def deployed(rig: Rig, content: bytes = b"Answer at length.\n") -> Deployment:
    """Deploy another text for the one target that needs no interpreter."""
    return await rig.deployer.deploy(await rig.propose({REPLY: content}, targets=("reply",)))


def left(done: Deployment) -> str:
    """Why a deployment that stands was not committed."""
    assert done.progress is Progress.COMMITTED
    assert done.git is not None
    assert done.git.state is GitState.LEFT
    return done.git.why


async def test_what_is_deployed_is_committed_with_its_trailers(
    rig: Rig, repository: Repository
) -> None:
    before = repository.head()
    wanted = await rig.propose({GREETING: POLITE}, kind=ChangeKind.FORMULA_CHANGE)
    approval = await rig.approve(wanted, by="ann")

    done = await rig.deployer.deploy(wanted)

    assert done.git is not None
    assert (done.git.state, done.git.branch) == (GitState.MADE, "main")
    assert done.git.commit == repository.head()
    assert repository.git("rev-parse", "HEAD^") == before
    assert repository.held(GREETING) == POLITE
    assert (repository.changed(), repository.status()) == ([GREETING], [])
    async with rig.state.reading() as tables:
        report = await tables.reports.latest(wanted)
    assert report is not None
    assert repository.trailers() == {
        "Mendloop-Deployment": done.id,
        "Mendloop-Proposal": wanted,
        "Mendloop-Change": report.change,
        "Mendloop-Report": report_digest(report),
        "Mendloop-By": "agent",
        "Approved-by": f"ann ({approval.key})",
    }
    assert (await rig.events())[-1] == "git_committed"
    assert await rig.deployments() == [done]
    repository.sound()


async def test_a_rollback_is_a_commit_that_says_what_it_reverts(
    rig: Rig, repository: Repository
) -> None:
    done = await deployed(rig)
    back = await rig.roller.rollback(deployment=done.id, reason="worse", by="agent")

    assert done.git is not None
    assert repository.held(REPLY) == FILES[REPLY]
    assert repository.trailers()["Mendloop-Reverts"] == done.id
    assert repository.trailers()["Mendloop-Deployment"] == back.id
    assert f"This reverts commit {done.git.commit}." in repository.git("log", "-n1", "--format=%B")
    assert repository.status() == []
    repository.sound()


async def test_a_file_that_a_rollback_takes_away_is_gone_from_the_commit_too(
    rig: Rig, repository: Repository
) -> None:
    extra = "prompts/extra.md"
    wanted = await rig.propose({REPLY: b"See extra.\n", extra: b"New.\n"}, targets=("reply",))
    done = await rig.deployer.deploy(wanted)
    assert repository.held(extra) == b"New.\n"

    await rig.roller.rollback(deployment=done.id, reason="worse", by="agent")

    assert repository.held(extra) is None
    assert (repository.changed(), repository.status()) == ([extra, REPLY], [])


@pytest.mark.promise("git/only-the-deployment-is-committed")
async def test_what_is_staged_or_changed_elsewhere_stays_exactly_so(
    rig: Rig, repository: Repository
) -> None:
    repository.write("settings.toml", b"[retry]\nlimit = 4\n")
    repository.git("add", "settings.toml")
    repository.write("settings.toml", b"[retry]\nlimit = 5\n")
    repository.write(GREETING, GREET + b"# mine\n")
    repository.write("staged.txt", b"new\n")
    repository.git("add", "staged.txt")
    repository.write("intended.txt", b"later\n")
    repository.git("add", "-N", "intended.txt")
    repository.write("untracked.txt", b"mine\n")
    status, staged = repository.status(), repository.git("diff", "--cached")

    await deployed(rig)

    assert repository.changed() == [REPLY]
    assert repository.status() == status
    assert repository.git("diff", "--cached") == staged
    assert (rig.root / "settings.toml").read_bytes() == b"[retry]\nlimit = 5\n"
    repository.sound()


async def test_a_file_with_uncommitted_edits_is_deployed_but_not_committed(
    rig: Rig, repository: Repository
) -> None:
    before = repository.head()
    repository.write(REPLY, b"My own words.\n")

    done = await deployed(rig)

    assert "had changes that were not committed" in left(done)
    assert (rig.root / REPLY).read_bytes() == b"Answer at length.\n"
    assert (repository.head(), repository.status()) == (before, [f" M {REPLY}"])
    assert (await rig.events())[-1] == "git_left"
    repository.sound()


async def test_a_file_with_staged_edits_is_deployed_but_not_committed(
    rig: Rig, repository: Repository
) -> None:
    before = repository.head()
    repository.write(REPLY, b"My own words.\n")
    repository.git("add", REPLY)
    repository.write(REPLY, FILES[REPLY])
    staged = repository.git("diff", "--cached")

    assert left(await deployed(rig)) == f"Changes to {REPLY} are staged."
    assert (repository.head(), repository.git("diff", "--cached")) == (before, staged)
    repository.sound()


async def test_what_the_user_has_staged_of_the_deployed_bytes_does_no_harm(
    rig: Rig, repository: Repository
) -> None:
    repository.write(REPLY, b"Answer at length.\n")
    repository.git("add", REPLY)
    repository.write(REPLY, FILES[REPLY])

    done = await deployed(rig)

    assert done.git is not None
    assert done.git.commit == repository.head()
    assert repository.status() == []


@pytest.mark.promise("git/runs-nothing-of-the-repository")
@pytest.mark.parametrize("mode", [GitMode.COMMIT, GitMode.BRANCH])
async def test_no_program_that_the_repository_names_is_run(
    repository: Repository, tmp_path: Path, clock: HandClock, mode: GitMode
) -> None:
    witness, evil = tmp_path / "witness", tmp_path / "evil.sh"
    evil.write_text(f"#!/bin/sh\necho $0 >> {witness}\ncat\n", encoding="utf-8")
    evil.chmod(0o755)
    for key in (
        "core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "gpg.program", "core.pager",
        "core.editor", "diff.external", "trailer.evil.command", "hook.evil.command",
        "core.sshCommand", "credential.helper", "core.askPass", "core.alternateRefsCommand",
    ):  # fmt: skip
        repository.git("config", key, str(evil))
    repository.git("config", "filter.evil.required", "true")
    repository.git("config", "hook.evil.event", "reference-transaction")
    repository.git("config", "commit.gpgSign", "true")
    for name in (
        "pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "reference-transaction",
        "post-index-change", "post-checkout", "fsmonitor-watchman", "post-rewrite",
    ):  # fmt: skip
        shutil.copy(evil, repository.folder / ".git" / "hooks" / name)
    async with rigged(tmp_path, clock, git=mode) as rig:
        done = await deployed(rig)
        assert done.git is not None
        assert done.git.commit
        (repository.folder / ".gitattributes").write_text("*.md filter=evil\n", encoding="utf-8")
        wanted = await rig.propose({REPLY: b"Once more.\n"}, targets=("reply",))
        if mode is GitMode.COMMIT:
            again = await rig.deployer.deploy(wanted)
            assert again.git is not None
            assert "attribute `filter`" in again.git.why
        else:
            with pytest.raises(Conflict, match="attribute `filter`"):
                await rig.deployer.deploy(wanted)

    assert not witness.exists()
    repository.git("add", REPLY, check=False)
    assert witness.exists(), "the witness works: git itself runs the filter"


async def test_a_lock_that_the_user_s_git_holds_is_waited_for_and_then_left(
    rig: Rig, repository: Repository
) -> None:
    before = repository.head()
    lock = repository.folder / ".git" / "index.lock"
    lock.write_bytes(b"theirs")

    assert "index.lock" in left(await deployed(rig))
    assert lock.read_bytes() == b"theirs"
    assert repository.head() == before
    lock.unlink()
    repository.sound()


async def test_a_branch_that_is_locked_leaves_index_and_branch_as_they_were(
    rig: Rig, repository: Repository
) -> None:
    before = repository.head()
    lock = repository.folder / ".git" / "refs" / "heads" / "main.lock"
    lock.write_bytes(b"")

    assert "locked by somebody else" in left(await deployed(rig))
    lock.unlink()
    assert (repository.head(), repository.status()) == (before, [f" M {REPLY}"])
    repository.sound()


async def test_without_a_branch_a_commit_or_a_quiet_repository_nothing_is_committed(
    rig: Rig, repository: Repository
) -> None:
    repository.git("checkout", "-q", "--detach")
    assert "HEAD is detached" in left(await deployed(rig, b"1\n"))
    repository.git("commit", "-qam", "by hand")
    repository.git("checkout", "-q", "-B", "main")
    (repository.folder / ".git" / "MERGE_HEAD").write_text(repository.head(), encoding="utf-8")
    assert left(await deployed(rig, b"2\n")) == "A merge is under way in the repository."
    (repository.folder / ".git" / "MERGE_HEAD").unlink()
    repository.git("checkout", "-q", "--orphan", "empty")
    assert "no commit yet" in left(await deployed(rig, b"3\n"))
    shutil.rmtree(repository.folder / ".git")
    assert "no repository here" in left(await deployed(rig, b"4\n"))


async def test_other_line_ends_are_kept_as_the_repository_keeps_them(
    rig: Rig, repository: Repository
) -> None:
    repository.write(".gitattributes", b"*.md text eol=crlf\n")
    repository.write(REPLY, b"One.\r\nTwo.\r\n")
    repository.commit("line ends")
    assert repository.held(REPLY) == b"One.\nTwo.\n"

    done = await deployed(rig, b"Three.\r\nFour.\r\n")

    assert done.git is not None
    assert done.git.state is GitState.MADE, done.git.why
    assert repository.held(REPLY) == b"Three.\nFour.\n"
    assert (rig.root / REPLY).read_bytes() == b"Three.\r\nFour.\r\n"
    assert repository.status() == []


async def test_an_executable_stays_one_and_a_new_file_that_is_ignored_is_not_committed(
    rig: Rig, repository: Repository
) -> None:
    (rig.root / REPLY).chmod(0o755)
    repository.write(".gitignore", b"extra.md\n")
    repository.commit("executable")
    done = await deployed(rig)
    assert done.git is not None
    assert repository.git("ls-tree", "HEAD", REPLY).startswith("100755 ")
    assert repository.status() == []
    both = {REPLY: b"Again.\n", "prompts/extra.md": b"New.\n"}
    again = await rig.deployer.deploy(await rig.propose(both, targets=("reply",)))
    assert left(again) == "prompts/extra.md is ignored by the repository."


async def test_a_file_of_a_repository_within_is_left_to_that_one(
    rig: Rig, repository: Repository
) -> None:
    inner = Repository(rig.root / "prompts")
    inner.git("init", "-q")
    before = repository.head()
    assert "another repository" in left(await deployed(rig))
    assert repository.head() == before


@pytest.mark.parametrize("shape", ["worktree", "submodule", "subfolder", "sparse"])
async def test_working_trees_of_other_shapes_are_committed_to_as_well(
    tmp_path: Path, clock: HandClock, shape: str
) -> None:
    lay_out(tmp_path)
    repository = shaped(tmp_path, shape)
    before = repository.status()
    async with rigged(tmp_path, clock, git=GitMode.COMMIT) as rig:
        done = await deployed(rig)
    assert done.git is not None
    assert done.git.commit == repository.head(), done.git.why
    assert repository.status() == before
    assert len(repository.changed()) == 1
    repository.git("fsck", "--strict", "--no-dangling")


async def test_recorded_text_cannot_pass_for_a_trailer(rig: Rig, repository: Repository) -> None:
    done = await deployed(rig)
    reason = "worse\n\nApproved-by: Somebody\nMendloop-By: person\x1b[2J"
    await rig.roller.rollback(deployment=done.id, reason=reason, by="agent")
    assert "Approved-by" not in repository.trailers()
    assert repository.trailers()["Mendloop-By"] == "agent"
    assert "\x1b" not in repository.git("log", "-n1", "--format=%B")


async def test_no_other_commit_than_a_wanted_one_gets_a_permit(rig: Rig) -> None:
    done = await deployed(rig)
    with pytest.raises(Refused):
        await rig.gate.admit_commit(done)


@pytest.mark.promise("git/a-branch-touches-no-file")
async def test_a_hand_over_makes_a_branch_and_touches_nothing_else(
    repository: Repository, tmp_path: Path, clock: HandClock
) -> None:
    repository.write("settings.toml", b"[retry]\nlimit = 4\n")
    repository.git("add", "settings.toml")
    before, status = repository.head(), repository.status()
    async with rigged(tmp_path, clock, git=GitMode.BRANCH) as rig:
        files = rig.files()
        wanted = await rig.propose({REPLY: b"New.\n"}, targets=("reply",))
        done = await rig.deployer.deploy(wanted)

        branch = f"mendloop/{wanted}"
        assert done.progress is Progress.HANDED_OVER
        assert done.git is not None
        assert (done.git.branch, done.git.commit) == (branch, repository.git("rev-parse", branch))
        assert repository.git("rev-parse", f"{branch}^") == before == repository.head()
        assert (repository.changed(branch), repository.held(REPLY, branch)) == ([REPLY], b"New.\n")
        assert repository.trailers(branch)["Mendloop-Proposal"] == wanted
        assert repository.status() == status
        kept = {path: content for path, content in rig.files().items() if ".git/" not in path}
        assert kept == {path: content for path, content in files.items() if ".git/" not in path}
        assert await rig.events() == ["deploy_admitted", "deploy_handed_over"]
        async with rig.state.reading() as tables:
            assert await tables.watches.active() == ()
            assert (await tables.deployments.count(since=rig.clock.now())) == 1
        with pytest.raises(Conflict, match="There is a branch"):
            await rig.deployer.deploy(wanted)
        with pytest.raises(Conflict, match="has not come into the workspace"):
            await rig.roller.rollback(deployment=done.id, reason="no", by="agent")
    repository.sound()


async def test_what_was_handed_over_is_watched_once_it_has_come(
    repository: Repository, tmp_path: Path, clock: HandClock
) -> None:
    async with rigged(tmp_path, clock, git=GitMode.BRANCH) as rig:
        wanted = await rig.propose({GREETING: POLITE})
        done = await rig.deployer.deploy(wanted)
        assert await rig.arrivals.look() == ()
        clock.forward(seconds=3600)
        repository.git("merge", "-q", "--squash", f"mendloop/{wanted}")
        repository.git("commit", "-qm", "as a person likes it")

        [arrived] = await rig.arrivals.look()

        assert (arrived.id, arrived.progress) == (done.id, Progress.COMMITTED)
        assert await rig.arrivals.look() == ()
        assert (await rig.events())[-1] == "deploy_arrived"
        async with rig.state.reading() as tables:
            [watch] = await tables.watches.active()
        assert (watch.deployment, watch.started) == (done.id, rig.clock.now())
        versions = await rig.versions("greet")
        assert [each.deployment for each in versions] == [None, done.id]
        assert await rig.warden.look() == ()  # a merge of what was handed over is nobody's edit
        back = await rig.roller.rollback(target=versions[0].target, reason="worse", by="monitor")
        assert (back.git, rig.files()[GREETING]) == (None, GREET)


async def test_a_hand_over_passes_the_gate_and_needs_what_was_tested(
    repository: Repository, tmp_path: Path, clock: HandClock
) -> None:
    async with rigged(tmp_path, clock, git=GitMode.BRANCH) as rig:
        strong = await rig.propose(
            {REPLY: b"x\n"}, targets=("reply",), kind=ChangeKind.FORMULA_CHANGE
        )
        with pytest.raises(Refused):
            await rig.deployer.deploy(strong)
        repository.write(REPLY, b"Mine.\n")
        wanted = await rig.propose(
            {REPLY: b"y\n"}, targets=("reply",), kind=ChangeKind.FORMULA_CHANGE
        )
        await rig.approve(wanted, by="ann")
        with pytest.raises(Conflict, match="not committed"):
            await rig.deployer.deploy(wanted)
        assert repository.git("branch", "--list", "mendloop/*") == ""
        repository.commit("mine")
        done = await rig.deployer.deploy(wanted)  # the approval was not spent in vain
        assert done.progress is Progress.HANDED_OVER
        assert done.git is not None
        assert repository.trailers(done.git.branch)["Approved-by"].startswith("ann (")


async def test_nothing_is_done_where_nothing_is_asked_for(
    repository: Repository, tmp_path: Path, clock: HandClock
) -> None:
    before = repository.head()
    async with rigged(tmp_path, clock) as rig:
        done = await deployed(rig)
    assert (done.git, repository.head()) == (None, before)
    assert repository.status() == [f" M {REPLY}"]
    assert not (tmp_path / "state" / "git").exists()
