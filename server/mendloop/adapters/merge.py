"""Put two changes of one text together, by ``git merge-file``: no repository is needed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from mendloop.app.ports import Clash

_SECONDS: Final = 10.0
_MOST_CLASHES: Final = 127
"""Git says how many parts clash, up to this; anything above is an error."""
_CLEAN: Final = {
    "PATH": os.defpath,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "HOME": os.devnull,
    "LC_ALL": "C",
}


class GitMerger:
    """Asks the git of the system, in a folder of its own, outside every repository."""

    def __init__(self) -> None:
        """Find git; without it nothing is merged."""
        self._git = shutil.which("git", path=os.defpath) or ""

    def merge(self, base: bytes, ours: bytes, theirs: bytes) -> bytes | Clash:
        """What both changes of ``base`` come to, where they touch different lines."""
        if not self._git:
            return Clash("git, which would put the two together, is not installed")
        try:
            with tempfile.TemporaryDirectory(prefix="mendloop-merge-") as folder:
                return self._run(Path(folder), {"ours": ours, "base": base, "theirs": theirs})
        except (OSError, subprocess.TimeoutExpired) as error:
            return Clash(f"git could not put the two together: {type(error).__name__}")

    def _run(self, folder: Path, contents: dict[str, bytes]) -> bytes | Clash:
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        done = subprocess.run(  # noqa: S603  a program of the system, on three files of ours
            [self._git, "merge-file", "--stdout", "--quiet", *contents],
            cwd=folder,
            # a repository around the temporary folder would have its configuration read
            env={**_CLEAN, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode == 0:
            return done.stdout
        if 0 < done.returncode <= _MOST_CLASHES:
            return Clash("both have changed the same lines")
        return Clash("git could not read them as text")
