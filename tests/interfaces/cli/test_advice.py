import pytest

from mendloop.errors import InvalidInput
from mendloop.interfaces.answers.base import call
from mendloop.interfaces.cli.advice import as_commands, refusal


@pytest.mark.parametrize(
    ("tools", "commands"),
    [
        (call("detect"), "mendloop detect"),
        (call("detect", target="a.b"), "mendloop detect --target a.b"),
        (call("investigate", incident="i-2"), "mendloop investigate i-2"),
        (call("test_fix", proposal="p-2"), "mendloop test p-2"),
        (call("deploy_fix", proposal="p-2"), "mendloop deploy p-2"),
        (
            f"{call('rollback', deployment='d-2')[:-1]}, reason=...)",
            "mendloop rollback d-2 --reason TEXT",
        ),
        ("or propose_fix with one of your own", "or mendloop propose with one of your own"),
        (
            "record_execution(label={'execution': 'x-2', 'expected': ...})",
            "mendloop label x-2 --expected JSON",
        ),
        (
            "label failing calls with the right results by record_execution",
            "label failing calls with the right results by mendloop label",
        ),
        ("status lists those that wait.", "mendloop status lists those that wait."),
        (
            "Tell a person, who can run `mendloop resume`.",
            "Tell a person, who can run `mendloop resume`.",
        ),
        (call("investigate", target="a b; rm"), "mendloop investigate 'a b; rm'"),
    ],
)
def test_advice_names_commands_where_tools_name_tools(tools: str, commands: str) -> None:
    assert as_commands(tools) == commands


def test_a_refusal_is_two_lines_whatever_it_says() -> None:
    error = InvalidInput(
        "No\nsuch\x1b[2J thing.", hint="Call propose_fix again\r\n, then test_fix."
    )
    assert refusal(error) == (
        "mendloop: No\\nsuch\\u001b[2J thing.\n"
        "Call mendloop propose again\\r\\n, then mendloop test.\n"
    )
