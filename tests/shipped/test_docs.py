"""The documents say what there is: simple greps that keep them honest."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest

from mendloop import assets
from mendloop.errors import Conflict, InvalidInput, NotFound, Refused, Unavailable

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
TOOLS = json.loads((CHECKOUT / "tests/interfaces/mcp/tools.json").read_text(encoding="utf-8"))
SETTINGS = tomllib.loads(assets.text("config/defaults.toml"))


def test_the_readme_names_every_tool() -> None:
    names = set(re.findall(r'"name": "(\w+)"', json.dumps(TOOLS))) & set(
        re.findall(r"`(\w+)`", README)
    )
    assert names >= {
        "status", "detect", "investigate", "generate_fix", "propose_fix", "test_fix",
        "deploy_fix", "rollback", "run_tool", "record_execution", "stop",
    }  # fmt: skip


def names(settings: dict[str, Any]) -> list[str]:
    """``table.key`` for what stands in a table, ``key`` for what does not."""
    found: list[str] = []
    for name, value in settings.items():
        found += (
            [f"{name}.{key}" for key in cast("dict[str, Any]", value)]
            if isinstance(value, dict)
            else [name]
        )
    return found


@pytest.mark.parametrize("setting", names(SETTINGS))
def test_the_readme_names_every_setting(setting: str) -> None:
    assert f"`{setting}`" in README


@pytest.mark.parametrize("error", [InvalidInput, NotFound, Refused, Conflict, Unavailable])
def test_the_readme_names_every_kind_of_refusal(error: type[InvalidInput]) -> None:
    assert f"`{error.code}`" in README


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [
        CHECKOUT / "README.md",
        CHECKOUT / "CONTRIBUTING.md",
        *CHECKOUT.glob("docs/**/*.md"),
    ]
    broken = [
        (document.name, link)
        for document in documents
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
        if not (document.parent / link).exists()
    ]
    assert broken == []


def test_no_module_has_grown_beyond_reading() -> None:
    long = {
        path.name: lines
        for path in (CHECKOUT / "server").rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}
