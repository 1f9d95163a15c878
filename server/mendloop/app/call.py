"""Call a tool as it is deployed, and record the call."""

from collections.abc import Mapping, Sequence

from mendloop.app.observing import SILENT, Act, Observer, observed
from mendloop.app.ports import Clock, Ids, Ran, Runner, Workspace
from mendloop.app.record import Recorder
from mendloop.app.service import service
from mendloop.app.targets import find_target
from mendloop.errors import InvalidInput
from mendloop.model.execution import Execution, Outcome
from mendloop.model.ids import ExecutionId
from mendloop.model.target import TargetKind
from mendloop.model.value import Encoded
from mendloop.noun import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One call: what the tool said, and what was recorded of it."""

    execution: Execution
    ran: Ran


@service
class Caller:
    """Routes calls to the version in force."""

    runner: Runner
    recorder: Recorder
    workspace: Workspace
    clock: Clock
    ids: Ids
    observer: Observer = SILENT

    @observed(Act.RUN_TOOL)
    async def call(
        self,
        name: str,
        args: Sequence[Encoded],
        kwargs: Mapping[str, Encoded],
        *,
        caller: str,
        session: str | None = None,
    ) -> Called:
        """Make one call.

        Raises:
            NotFound: There is no such target.
            InvalidInput: It is no function.
            Unavailable: The interpreter could not be started.
        """
        target = find_target(self.workspace.manifest(), name)
        if target.kind is not TargetKind.FUNCTION:
            raise InvalidInput(
                f"{name} is a {target.kind.value}, which cannot be called.",
                hint="Call run_tool with a target that is a function.",
            )
        at = self.clock.now()
        ran = await self.runner.call(target, args, kwargs)
        execution = Execution(
            id=ExecutionId(self.ids.new("x")),
            target=target.name,
            at=at,
            seconds=ran.seconds,
            outcome=_outcome(ran),
            args=tuple(args),
            kwargs=kwargs,
            result=ran.result,
            error=ran.fault,
            caller=caller,
            session=session,
            version=ran.version,
        )
        await self.recorder.keep([execution])
        return Called(execution=execution, ran=ran)


def _outcome(ran: Ran) -> Outcome:
    if ran.timed_out:
        return Outcome.TIMEOUT
    return Outcome.OK if ran.fault is None else Outcome.ERROR
