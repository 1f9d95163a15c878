"""Where things are, what is allowed, and how it is judged: read once, at the start.

Files, then environment (``MENDLOOP_DETECT__SUCCESS_BELOW=0.95``), then flags. A profile sets
several at once, above what is shipped and below what a workspace says. Nothing reads the
environment later.
"""

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

import platformdirs

from mendloop import assets
from mendloop.core.governance.policy import Policy
from mendloop.errors import InvalidInput
from mendloop.noun import dataclass
from mendloop.policy_file.document import read_policy
from mendloop.policy_file.layers import operated, stricter
from mendloop.recorder.place import secrets
from mendloop.settings.defaults import Defaults, read_defaults

MANIFEST: Final = "mendloop.toml"
_MACHINE: Final = Path("/etc/mendloop/allowed_signers")
_OPERATOR: Final = Path("/etc/mendloop/policy.toml")


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
            defaults=read_defaults(document.get("settings", {}), environment),
            secrets=secrets(environment),
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
    """A TOML file, or nothing where it cannot be had: that is the manifest reader's to tell."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
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
            hint="Mend it, or move it away: then the policy as shipped is in force.",
        ) from error


def _traces(environment: Mapping[str, str]) -> str:
    """What OpenTelemetry's own variables say.

    An exporter must be named: an address alone may be there for the tools, whose spans the loop
    receives.
    """
    named = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return "" if off or named == "none" else named
