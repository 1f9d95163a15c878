"""Which files are of the loop itself: its code, its policy, its records, its keys."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import mendloop
from mendloop import assets
from mendloop.noun import dataclass

_MACHINE: Final = Path("/etc/mendloop")


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """Some folders and files that no change of the loop may touch, by whatever name."""

    places: tuple[str, ...]
    """Real paths: of a folder all below it is meant."""

    @classmethod
    def of(cls, *more: Path) -> Self:
        """The package, what it is shipped with and runs on, what the machine says; and more."""
        shipped = str(assets.root())
        folders = [
            Path(mendloop.__file__).parent,
            Path(shipped, "config"),
            Path(shipped, "prompts"),
            _MACHINE,
            *more,
        ]
        if sys.prefix != sys.base_prefix:
            folders.append(Path(sys.prefix))  # libraries in it run in the server
        return cls(tuple(dict.fromkeys(os.path.realpath(folder) for folder in folders)))

    def has(self, path: Path) -> bool:
        """Whether a real path is one of them, or another name of one of their files."""
        if any(path.is_relative_to(place) for place in self.places):
            return True
        try:
            about = os.lstat(path)
        except OSError:
            return False  # what is not there yet is no other name of anything
        if about.st_nlink < 2:  # noqa: PLR2004  it has no other name
            return False
        here = (about.st_dev, about.st_ino)
        return any(here == other for other in _files(self.places))


def _files(places: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Device and number of every file."""
    for place in places:
        if os.path.isfile(place):  # noqa: PTH113  a Path for none of thousands
            about = os.lstat(place)
            yield about.st_dev, about.st_ino
        for folder, _, names in os.walk(place):
            for name in names:
                try:
                    about = os.lstat(os.path.join(folder, name))  # noqa: PTH118
                except OSError:
                    continue
                yield about.st_dev, about.st_ino
