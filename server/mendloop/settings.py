"""Where things are, what is allowed, and how it is judged: read once, at the start.

Files, then environment (``MENDLOOP_DETECT__SUCCESS_BELOW=0.95``), then flags. A profile sets
several at once, above what is shipped and below what a workspace says. Nothing reads the
environment later.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, cast

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from mendloop import assets
from mendloop.core.governance.policy import Policy
from mendloop.errors import InvalidInput
from mendloop.model.in_git import GitMode
from mendloop.noun import dataclass
from mendloop.policy_file import operated, read_policy, stricter, tables

MANIFEST: Final = "mendloop.toml"
_MACHINE: Final = Path("/etc/mendloop/allowed_signers")
_OPERATOR: Final = Path("/etc/mendloop/policy.toml")
_PREFIX: Final = "MENDLOOP_"
_PROFILE: Final = "MENDLOOP_PROFILE"

Share = Annotated[float, Field(gt=0, lt=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DetectSettings(_Table):
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


class InvestigateSettings(_Table):
    """How much is replayed to find a cause."""

    failures: PositiveInt
    passes: PositiveInt


class TestSettings(_Table):
    """How a change is tested."""

    cases: PositiveInt
    solo: PositiveInt
    slower_factor: Annotated[float, Field(gt=1)]
    memory_factor: Annotated[float, Field(gt=1)]
    regression_bound: Share


class DeploySettings(_Table):
    """What a deployment does besides changing files."""

    git: GitMode


class WatchSettings(_Table):
    """How a deployment is watched."""

    alpha: Share
    horizon: PositiveInt
    accept_margin: Share
    least_calls: PositiveInt


class SandboxSettings(_Table):
    """What holds a candidate in."""

    memory_mb: Annotated[int, Field(ge=64)]
    tier: Literal["A", "B", "C"]


class McpSettings(_Table):
    """How the server shows itself to a client."""

    require_person: bool


class HttpSettings(_Table):
    """What one bearer token may take of a server over HTTP."""

    requests_per_minute: PositiveInt
    burst: PositiveInt
    at_once: PositiveInt
    sessions: PositiveInt


class HistorySettings(_Table):
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


class Defaults(_Table):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a person can set."""

    workspace: Path
    state: Path
    """The folder of this workspace's databases and blobs, outside the workspace."""
    signers: Path
    """Whose approvals count: the machine's file where an administrator has made one."""
    policy: Policy
    ground: Policy
    """The policy of the machine, before the workspace made it stricter."""
    operator: Path
    """What the operator says of the policy: the machine's file where there is one."""
    defaults: Defaults
    secrets: tuple[str, ...]
    """Values of environment variables that look secret: redacted wherever they are recorded."""
    traces: str = ""
    """The exporter of OpenTelemetry that traces go to, as its variables name it; empty: none."""

    @classmethod
    def at(cls, workspace: Path | None, data: Path | None, environment: Mapping[str, str]) -> Self:
        """Read all there is.

        Args:
            workspace: The folder that holds the targets; by default the nearest one upward from
                the working directory that has a ``mendloop.toml``.
            data: Where state is kept; by default the user's state folder.
            environment: The process's environment.

        Raises:
            InvalidInput: A folder or a key is not acceptable; the message names it.
        """
        root = _workspace(workspace, environment)
        state = _state(root, data, environment)
        document = _toml(root / MANIFEST)
        operator = _OPERATOR if _OPERATOR.exists() else state.parent / _OPERATOR.name
        ground = operated(shipped_policy(), _strict_toml(operator), str(operator))
        return cls(
            workspace=root,
            state=state,
            signers=_MACHINE if _MACHINE.exists() else state.parent / _MACHINE.name,
            policy=stricter(ground, document.get("policy", {})),
            ground=ground,
            operator=operator,
            defaults=_defaults(document.get("settings", {}), environment),
            secrets=_secrets(environment),
            traces=_traces(environment),
        )


def shipped_policy() -> Policy:
    """The policy in ``config/policy.toml``."""
    return read_policy(tomllib.loads(assets.text("config/policy.toml")))


def _workspace(named: Path | None, environment: Mapping[str, str]) -> Path:
    if named is not None:
        if not named.is_dir():
            raise InvalidInput(f"{named} is no folder.", hint="Name the folder of your tools.")
        return named.resolve()
    here = Path(environment.get("CLAUDE_PROJECT_DIR") or ".").resolve()
    for folder in (here, *here.parents):
        if (folder / MANIFEST).is_file():
            return folder
    return here


def _state(root: Path, data: Path | None, environment: Mapping[str, str]) -> Path:
    base = data or Path(
        environment.get("MENDLOOP_DATA_DIR") or platformdirs.user_state_path("mendloop")
    )
    base = base.expanduser().absolute()
    if base.is_relative_to(root) or base.resolve().is_relative_to(root):
        raise InvalidInput(
            f"The data folder {base} lies inside the workspace.",
            hint="Name one outside it with --data or MENDLOOP_DATA_DIR.",
        )
    name = f"{root.name or 'root'}-{sha256(str(root).encode()).hexdigest()[:8]}"
    folder = base / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"The data folder {folder} cannot be made: {error.strerror}.",
            hint="Name another with --data or MENDLOOP_DATA_DIR.",
        ) from error
    return folder


def _toml(path: Path) -> dict[str, Any]:
    """A TOML file, or nothing where there is none; its errors are the manifest reader's to tell."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _strict_toml(path: Path) -> dict[str, Any]:
    """A TOML file that must be one where it exists: a policy that is not read is not kept.

    Raises:
        InvalidInput: It cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"{path} cannot be read as TOML: {error}.",
            hint="Mend it; `mendloop policy` shows what a policy can say.",
        ) from error


def _defaults(workspace: object, environment: Mapping[str, str]) -> Defaults:
    """What is shipped, below the profile, below the workspace, below the environment."""
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


def _secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    marks = ("KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL")
    shortest = 8
    return tuple(
        sorted(
            value
            for name, value in environment.items()
            if len(value) >= shortest and any(mark in name.upper() for mark in marks)
        )
    )


def _traces(environment: Mapping[str, str]) -> str:
    """What OpenTelemetry's own variables say.

    An exporter must be named: an address alone may be there for the tools, whose spans the loop
    receives.
    """
    named = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return "" if off or named == "none" else named
