from dataclasses import replace

import pytest

from mendloop.core.governance.tokens import TOKENS
from mendloop.core.record.otlp_request import Log, Span
from mendloop.core.record.usage import log_usage, span_usage

AT = 1_767_268_800_000_000_000
LOG = Log(
    at=AT,
    name="claude_code.api_request",
    attributes={
        "input_tokens": "120",
        "output_tokens": 30,
        "cache_creation_tokens": 50,
        "cache_read_tokens": 99_000,
        "request_id": "req_1",
        "session.id": "s-1",
    },
    service="claude-code",
)
SPAN = Span(
    trace="t",
    id="s",
    parent="",
    local=False,
    name="chat some-model",
    kind=3,
    start=AT,
    end=AT + 1,
    failed=False,
    message="",
    attributes={
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
    },
    events=(),
    service="",
)


@pytest.mark.promise("limits/reported-tokens-count")
def test_a_request_that_telemetry_tells_of_is_a_report_of_tokens() -> None:
    record = log_usage(LOG)
    assert record is not None
    assert (record["target"], record["result"], record["session"]) == (TOKENS, 200, "s-1")
    assert log_usage(replace(LOG, attributes=dict(LOG.attributes))) == record
    span = span_usage(SPAN)
    assert span is not None
    assert span["result"] == 15


@pytest.mark.parametrize(
    "attributes",
    [{}, {"input_tokens": "-5"}, {"input_tokens": 1.5}, {"input_tokens": True}, {"cost_usd": 3}],
)
def test_what_tells_no_number_is_no_report(attributes: dict[str, object]) -> None:
    assert log_usage(replace(LOG, attributes=attributes)) is None


@pytest.mark.parametrize(
    ("name", "operation"),
    [("invoke_agent a", "invoke_agent"), ("claude_code.llm_request", "chat"), ("x", "")],
)
def test_a_sum_over_requests_is_not_counted_again(name: str, operation: str) -> None:
    attributes = {**SPAN.attributes, "gen_ai.operation.name": operation}
    assert span_usage(replace(SPAN, name=name, attributes=attributes)) is None
