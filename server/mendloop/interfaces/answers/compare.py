"""The proposals for one incident, side by side, as JSON values."""

from typing import Any

from mendloop.app.compare import Comparison
from mendloop.interfaces.answers.attempts import attempts_document


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """All of a comparison."""
    telling = comparison.telling
    return {
        "incident": comparison.incident.id,
        "inputs": comparison.inputs,
        "proposals": attempts_document(comparison.attempts),
        "telling": None
        if telling is None
        else {
            "recorded_call": telling.call,
            "answers": [
                {"cluster": number, "recorded_answer": answer} for number, answer in telling.answers
            ],
        },
    }
