"""Take secrets out of an execution before it is kept."""

from dataclasses import replace

from mendloop.model.execution import Execution, Fault
from mendloop.model.world import Exchange, World
from mendloop.recorder import redact as engine


class Redactor(engine.Redactor):
    """Knows some secrets by value and all others by how they look."""

    def clean(self, execution: Execution) -> Execution:
        """The execution without secrets.

        It is no longer ``whole`` where something in its values was replaced. A fingerprint that
        was taken before is left as it is.
        """
        args = tuple(self.value(value) for value in execution.args)
        kwargs = self.fields(execution.kwargs)
        result = self.value(execution.result)
        expected = self.value(execution.expected)
        before = (execution.args, execution.kwargs, execution.result, execution.expected)
        return replace(
            self.clean_texts(execution),
            args=args,
            kwargs=kwargs,
            result=result,
            expected=expected,
            whole=execution.whole and (args, kwargs, result, expected) == before,
        )

    def clean_texts(self, execution: Execution) -> Execution:
        """The execution without secrets in what is no value: error, caller, session, world."""
        return replace(
            execution,
            error=None if execution.error is None else self._fault(execution.error),
            caller=None if execution.caller is None else self.text(execution.caller),
            session=None if execution.session is None else self.text(execution.session),
            world=None if execution.world is None else self._world(execution.world),
        )

    def _world(self, world: World) -> World:
        """The state of chance is nobody's words, and is left as it is."""
        return replace(
            world,
            lost={kind: self.text(why) for kind, why in world.lost.items()},
            exchanges=tuple(self._exchange(one) for one in world.exchanges),
            files=tuple(
                replace(one, path=self.text(one.path), content=self.value(one.content))
                for one in world.files
            ),
        )

    def _exchange(self, one: Exchange) -> Exchange:
        asked = self.value(one.asked)
        return replace(
            one,
            uri=self.text(one.uri),
            asked=asked if asked == one.asked else {"$opaque": "redacted"},
            reason=self.text(one.reason),
            headers=tuple((name, self.text(value)) for name, value in one.headers),
            answer=self.value(one.answer),
        )

    def _fault(self, fault: Fault) -> Fault:
        return replace(fault, type=self.text(fault.type), message=self.text(fault.message))
