"""Take secrets out of an execution before it is kept."""

from dataclasses import replace

from mendloop.model.execution import Execution, Fault
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
        """The execution without secrets in what is no value: the error, the caller, the session."""
        return replace(
            execution,
            error=None if execution.error is None else self._fault(execution.error),
            caller=None if execution.caller is None else self.text(execution.caller),
            session=None if execution.session is None else self.text(execution.session),
        )

    def _fault(self, fault: Fault) -> Fault:
        return replace(fault, type=self.text(fault.type), message=self.text(fault.message))
