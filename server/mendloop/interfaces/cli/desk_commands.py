"""What only a person decides: yes, no, go on; and the policy that asks for them."""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mendloop.app.read import FileTexts
from mendloop.bootstrap import House
from mendloop.core.governance.decide import Request, tier_of
from mendloop.core.governance.policy import Tier
from mendloop.errors import InvalidInput, Refused
from mendloop.interfaces.cli.act_commands import ReasonOption
from mendloop.interfaces.cli.loop_commands import ProposalArgument
from mendloop.interfaces.cli.options import command
from mendloop.interfaces.cli.person import (
    account,
    asked,
    refuse_agents,
    refuse_without_terminal,
)
from mendloop.interfaces.cli.policy_text import policy_text
from mendloop.interfaces.cli.render.console import head, say
from mendloop.interfaces.cli.render.report import proposal_parts, report_parts, tier_parts
from mendloop.interfaces.cli.shell import Shell
from mendloop.interfaces.cli.signing import KeyOption, key_path, read_text, signature
from mendloop.model.approval import NAMESPACE, Approval
from mendloop.model.ids import ProposalId
from mendloop.model.proposal import Proposal
from mendloop.model.report import Report, Verdict, report_digest
from mendloop.noun import dataclass
from mendloop.policy_file import write_policy

commands: Final = typer.Typer()

_OPEN: Final = frozenset({Verdict.PASSED, Verdict.INCONCLUSIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """All that a person reads before they approve."""

    proposal: Proposal
    files: tuple[FileTexts, ...]
    report: Report | None
    tier: Tier
    reasons: tuple[str, ...]

    @property
    def may_be_approved(self) -> bool:
        """Whether its test leaves anything to decide."""
        return self.report is not None and self.report.verdict in _OPEN


@command(commands, "approve")
def approve(
    shell: Shell,
    proposal: ProposalArgument,
    yes: Annotated[  # noqa: FBT002  Typer makes a flag of it
        bool, typer.Option("--yes", help="Ask nothing: it has been read and decided.")
    ] = False,
    key: KeyOption = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest",
            metavar="FILE",
            help="Sign nothing: write what is to be signed to this file, for `ssh-keygen -Y sign "
            "-n mendloop-approval/1 -f KEY FILE`; with --signature, the file that was signed.",
        ),
    ] = None,
    signed: Annotated[
        Path | None,
        typer.Option("--signature", metavar="FILE", help="What ssh-keygen has made of it."),
    ] = None,
) -> None:
    """Read a change, and let it be deployed.

    Shows the change, its test and its tier, asks, and signs with your key. The approval is good
    once, for a while, and for exactly these bytes on exactly this report under this policy.
    """
    refuse_agents(os.environ)
    if signed is not None:
        _hand_in(shell, manifest, signed)
        return
    if shell.as_json and not yes:
        raise typer.BadParameter("--json asks nothing, so that it needs --yes")
    if not yes:
        refuse_without_terminal()
    seen = shell.work(lambda house, _: _read(house, proposal))
    if not shell.as_json:
        say(
            *proposal_parts(seen.proposal, seen.files),
            *report_parts(seen.report),
            *tier_parts(seen.tier, seen.reasons),
        )
    # what cannot be approved is not asked about: the approver says why
    if not yes and seen.may_be_approved and not asked(f"Let {seen.proposal.id} be deployed?"):
        raise Refused("It was not approved.", hint=f"To say no: `mendloop reject {proposal}`.")
    if manifest is not None:
        _write(shell, seen, manifest)
        return
    _tell(shell, shell.work(lambda house, _: _approve(house, seen, key_path(key))))


def _write(shell: Shell, seen: _Seen, path: Path) -> None:
    """Write what is to be signed elsewhere."""
    text = shell.work(lambda house, _: _manifest(house, seen))
    again = f"mendloop approve {seen.proposal.id} --manifest {path} --signature {path}.sig"
    write_unsigned(shell, text, path, (NAMESPACE, again))


def write_unsigned(shell: Shell, text: str, path: Path, then: tuple[str, str]) -> None:
    """Write what is to be signed elsewhere, and say for what and how it is handed in.

    Raises:
        InvalidInput: It cannot be written.
    """
    namespace, again = then
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be written: {error.strerror}.", hint="Name another file."
        ) from error
    shell.tell(
        {"manifest": str(path)},
        lambda: say(
            head(f"wrote {path}", "nothing is approved yet"),
            f"next: ssh-keygen -Y sign -n {namespace} -f KEY {path}, then {again}",
        ),
    )


def _hand_in(shell: Shell, manifest: Path | None, signed: Path) -> None:
    if manifest is None:
        raise typer.BadParameter("--signature needs --manifest, the file that was signed")
    text, made = read_text(manifest, "what was signed"), read_text(signed, "the signature")
    _tell(shell, shell.work(lambda house, _: house.desk.approver.approve(text, made)))


def _tell(shell: Shell, approval: Approval) -> None:
    until = f"{approval.expires:%Y-%m-%d %H:%M} UTC"
    shell.tell(
        asdict(approval),
        lambda: say(
            head(f"approved {approval.proposal}", f"by {approval.by}, good once until {until}")
        ),
    )


@command(commands, "reject")
def reject(shell: Shell, proposal: ProposalArgument, reason: ReasonOption) -> None:
    """Turn a proposal down.

    It is not deployed any more, whoever has approved it.
    """
    refuse_agents(os.environ)
    rejection = shell.work(
        lambda house, _: house.desk.approver.reject(
            ProposalId(proposal), by=account(), reason=reason
        )
    )
    shell.tell(
        asdict(rejection),
        lambda: say(head(f"rejected {rejection.proposal}", f"by {rejection.by}")),
    )


@command(commands, "resume")
def resume(shell: Shell) -> None:
    """Let changes happen again: after a stop, or after failures that had opened a circuit."""
    refuse_agents(os.environ)
    stopped = shell.work(lambda house, _: house.desk.approver.resume(by=account()))
    ended: dict[str, Any] | None = None if stopped is None else asdict(stopped)
    when = "" if stopped is None else stopped.at.isoformat(timespec="seconds")
    shell.tell(
        {"resumed": stopped is not None, "stopped": ended},
        lambda: say(
            head("nothing was stopped")
            if stopped is None
            else head("resumed", f"stopped by {stopped.by} at {when}: {stopped.reason}")
        ),
    )


@command(commands, "policy")
def policy(shell: Shell) -> None:
    """Print the policy in force, as TOML.

    What was shipped, what the operator's policy.toml says instead, and what this workspace's
    mendloop.toml makes stricter.
    """
    settings = shell.settings()
    shell.tell(
        write_policy(settings.policy),
        lambda: _print(policy_text(settings.policy, settings.ground, settings.operator)),
    )


def _print(text: str) -> None:
    sys.stdout.write(text)


async def _read(house: House, wanted: str) -> _Seen:
    reader = house.loop.reader
    kept, files = await reader.proposal(wanted)
    proposal = await house.desk.approver.believed.proposal(kept)
    report = await reader.report(wanted)
    tier, reasons = tier_of(Request.on(proposal, report), reader.policy)
    return _Seen(proposal=proposal, files=files, report=report, tier=tier, reasons=reasons)


async def _manifest(house: House, seen: _Seen) -> str:
    """What is to be signed, unless it was tested again while the person read.

    Raises:
        Conflict: It was, or it cannot be approved.
    """
    digest = None if seen.report is None else report_digest(seen.report)
    return await house.desk.approver.manifest(seen.proposal.id, seen=digest)


async def _approve(house: House, seen: _Seen, key: Path) -> Approval:
    """Sign what was read.

    Raises:
        Conflict: It was tested again meanwhile, or it cannot be approved.
        NotFound: There is no key.
        InvalidInput: It is no key that can sign here, or the passphrase is wrong.
        Refused: The key is not registered, or nobody can be asked for its passphrase.
    """
    manifest = await _manifest(house, seen)
    return await house.desk.approver.approve(manifest, signature(house, key, manifest))
