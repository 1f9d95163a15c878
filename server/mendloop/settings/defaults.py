"""How it is judged: what is shipped, below a profile, the workspace and the environment."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, cast

from pydantic import Field, PositiveInt, ValidationError

from mendloop import assets
from mendloop.errors import InvalidInput
from mendloop.model.in_git import GitMode
from mendloop.policy_file.keys import Whole
from mendloop.policy_file.layers import tables

_PREFIX: Final = "MENDLOOP_"
_PROFILE: Final = "MENDLOOP_PROFILE"

Share = Annotated[float, Field(gt=0, lt=1)]


class DetectSettings(Whole):
    """What counts as a finding."""

    success_below: Share
    confidence: Share
    least_calls: PositiveInt
    window_hours: PositiveInt
    recent_share: Share
    slow_factor: Annotated[float, Field(gt=1)]
    fdr: Share
    recurring_days: PositiveInt
    unused_days: PositiveInt
    forecast_days: Annotated[float, Field(gt=0, le=366)]


class InvestigateSettings(Whole):
    """How much is replayed to find a cause."""

    failures: PositiveInt
    passes: PositiveInt


class TestSettings(Whole):
    """How a change is tested."""

    cases: PositiveInt
    solo: PositiveInt
    slower_factor: Annotated[float, Field(gt=1)]
    memory_factor: Annotated[float, Field(gt=1)]
    regression_bound: Share


class DeploySettings(Whole):
    """What a deployment does besides changing files."""

    git: GitMode


class WatchSettings(Whole):
    """How a deployment is watched."""

    alpha: Share
    horizon: PositiveInt
    accept_margin: Share
    least_calls: PositiveInt


class SandboxSettings(Whole):
    """What holds a candidate in."""

    memory_mb: Annotated[int, Field(ge=64)]
    tier: Literal["A", "B", "C"]


class McpSettings(Whole):
    """How the server shows itself to a client."""

    require_person: bool


class HttpSettings(Whole):
    """What one bearer token may take of a server over HTTP."""

    requests_per_minute: PositiveInt
    burst: PositiveInt
    at_once: PositiveInt
    sessions: PositiveInt


class HistorySettings(Whole):
    """What is kept of the calls, and for how long."""

    retention_days: PositiveInt
    most_rows: Annotated[int, Field(ge=1_000)]
    reservoir: PositiveInt
    spool_seconds: Annotated[float, Field(gt=0, le=3_600)]


class Profile(StrEnum):
    """Several settings at once, below those of the workspace."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"
    AGGRESSIVE = "aggressive"


class Defaults(Whole):
    """All that ``config/defaults.toml`` holds."""

    profile: Profile
    detect: DetectSettings
    investigate: InvestigateSettings
    test: TestSettings
    deploy: DeploySettings
    watch: WatchSettings
    sandbox: SandboxSettings
    mcp: McpSettings
    http: HttpSettings
    history: HistorySettings


def read_defaults(workspace: object, environment: Mapping[str, str]) -> Defaults:
    """What is shipped, below the profile, below the workspace, below the environment.

    Args:
        workspace: The table ``[settings]`` of its manifest.
        environment: The process's environment.

    Raises:
        InvalidInput: A key or a profile is not acceptable; the message names it.
    """
    shipped = tomllib.loads(assets.text("config/defaults.toml"))
    where = "mendloop.toml [settings]"
    own = dict(cast("Mapping[str, object]", workspace)) if isinstance(workspace, dict) else {}
    profile = _profile(
        environment.get(_PROFILE), own.pop("profile", None), shipped.pop("profile"), where
    )
    wishes = own if isinstance(workspace, dict) else workspace
    set_together = tomllib.loads(assets.text(f"config/profiles/{profile.value}.toml"))
    merged = _merge(shipped, set_together, f"config/profiles/{profile.value}.toml")
    merged = _merge(merged, wishes, where)
    merged = _merge(merged, _from_environment(environment, shipped), "environment")
    try:
        return Defaults.model_validate({"profile": profile, **merged})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"Setting `{at}`: {first['msg']}.",
            hint="README.md lists every setting; config/defaults.toml has the values shipped.",
        ) from error


def _profile(environment: str | None, workspace: object, shipped: object, where: str) -> Profile:
    """The profile that is named where it counts most.

    Raises:
        InvalidInput: There is none of that name; the message says who named it.
    """
    named, by = shipped, "config/defaults.toml"
    if workspace is not None:
        named, by = workspace, f"{where} profile"
    if environment:
        named, by = environment, _PROFILE
    try:
        return Profile(str(named))
    except ValueError as error:
        raise InvalidInput(
            f"{by}: there is no profile {named!r}.",
            hint=f"Name one of {', '.join(each.value for each in Profile)}.",
        ) from error


def _merge(
    below: Mapping[str, Mapping[str, object]], above: object, where: str
) -> dict[str, dict[str, object]]:
    merged = {name: dict(table) for name, table in below.items()}
    for name, table in tables(above, where).items():
        merged[name] = {**merged.get(name, {}), **table}
    return merged


def _from_environment(
    environment: Mapping[str, str], shipped: Mapping[str, Mapping[str, object]]
) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in environment.items():
        table, double, key = name.removeprefix(_PREFIX).lower().partition("__")
        if name.startswith(_PREFIX) and double and table in shipped:
            found.setdefault(table, {})[key] = value
    return found
