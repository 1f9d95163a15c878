"""The terms of a standing approval, as a person writes them down in TOML."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from mendloop.core.governance.standing import LASTS
from mendloop.errors import InvalidInput
from mendloop.interfaces.cli.signing import read_text
from mendloop.model.proposal import ChangeKind, Flag
from mendloop.model.report import Verdict
from mendloop.model.standing import Terms

_SOME: Final = Field(min_length=1, max_length=50)


class TermsFile(BaseModel):
    """What may stand in such a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: Annotated[tuple[ChangeKind, ...], _SOME]
    targets: Annotated[tuple[str, ...], _SOME]
    paths: Annotated[tuple[str, ...], _SOME]
    flags: tuple[Flag, ...] = ()
    changed_lines: PositiveInt = 10
    verdict: Literal["passed", "inconclusive"] = "passed"
    oracle: Literal["expected", "recorded", "invariant", "no_crash", "structure", "none"] = (
        "recorded"
    )
    per_day: PositiveInt = 2
    total: PositiveInt = 10
    days: Annotated[int, Field(ge=1, le=LASTS.days)] = 30

    @property
    def terms(self) -> Terms:
        """The model's own."""
        return Terms(
            kinds=self.kinds,
            targets=self.targets,
            paths=self.paths,
            flags=self.flags,
            changed_lines=self.changed_lines,
            verdict=Verdict(self.verdict),
            oracle=self.oracle,
            per_day=self.per_day,
            total=self.total,
        )

    @property
    def lasts(self) -> timedelta:
        """How long it is given for."""
        return timedelta(days=self.days)


def read_terms(path: Path) -> TermsFile:
    """Read such a file.

    Raises:
        InvalidInput: It cannot be read, or a key is missing, unknown or wrong; it is named.
    """
    try:
        return TermsFile.model_validate(tomllib.loads(read_text(path, "the terms")))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path} is no TOML: {error}.", hint="Mend it.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(
            f"{path}, `{key}`: {first['msg']}.",
            hint="SECURITY.md shows such a file; kinds, targets and paths must be named.",
        ) from error
