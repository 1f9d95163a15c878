from datetime import datetime
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import create_model

from mendloop.interfaces.answers.base import Answer
from mendloop.interfaces.answers.deploy import DeploymentAnswer
from mendloop.interfaces.answers.detect import DetectAnswer
from mendloop.interfaces.answers.investigate import InvestigateAnswer
from mendloop.interfaces.answers.repair import GenerateAnswer, ProposeAnswer
from mendloop.interfaces.answers.report import TestAnswer
from mendloop.interfaces.mcp.schema import answer_schema, argument_schema
from tests.interfaces import nouns

# without types; the SDK itself needs it
draft: Any = import_module("jsonschema").Draft202012Validator

answers = st.one_of(
    nouns.detected.map(DetectAnswer.of),
    nouns.diagnoses.map(InvestigateAnswer.of),
    nouns.generated.map(GenerateAnswer.of),
    nouns.proposed.map(ProposeAnswer.of),
    nouns.reports.map(TestAnswer.of),
    nouns.deployments.map(DeploymentAnswer.of),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(answers)
def test_every_answer_is_what_its_schema_says(answer: Answer) -> None:
    schema = answer_schema(type(answer))
    draft.check_schema(schema)
    draft(schema).validate(answer.plain())
    assert set(schema["properties"]) == set(type(answer).model_fields)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (str, {"type": "string"}),
        (int | None, {"type": "integer"}),
        (dict[str, int | float], {"type": "object", "additionalProperties": {"type": "number"}}),
        (list[bool], {"type": "array", "items": {"type": "boolean"}}),
        (Any, {}),
    ],
)
def test_a_field_is_told_in_few_words(kind: Any, told: dict[str, Any]) -> None:
    model = create_model("Made", __base__=Answer, value=(kind, ...))
    assert answer_schema(model)["properties"] == {"value": told}


def test_a_kind_that_no_schema_was_thought_of_for_is_refused_at_the_start() -> None:
    model = create_model("Made", __base__=Answer, value=(datetime, ...))
    with pytest.raises(TypeError, match="datetime is nothing that an answer can hold"):
        answer_schema(model)


def test_arguments_lose_titles_and_nulls_and_nothing_else() -> None:
    schema = {
        "title": "T",
        "type": "object",
        "properties": {
            "title": {"title": "Title", "type": "string"},
            "value": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
            "both": {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]},
        },
    }
    assert argument_schema(schema) == {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "value": {"type": "integer"},
            "both": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        },
        "additionalProperties": False,
    }
