"""Importing exactly what a file holds now, and remembering its digest.

Python may run an old compiled copy when size and second of the new file are the same. The files of
a workspace are therefore always compiled from their bytes, and the digest is that of these bytes.
"""

from __future__ import annotations

import hashlib
import os
import sys
from importlib import machinery
from typing import Any, Callable

_LIBRARIES = ("site-packages", "dist-packages")


def remember(root: str) -> tuple[dict[str, str], Callable[[str, str], Any]]:
    """Have all files below a folder loaded exactly, libraries apart.

    Returns:
        The digests by absolute path, filled in as files are imported; and the loader.
    """
    digests: dict[str, str] = {}

    def get_code(loader: Any, fullname: str) -> Any:
        path = loader.get_filename(fullname)
        content = loader.get_data(path)
        digests[os.path.abspath(path)] = hashlib.sha256(content).hexdigest()
        return loader.source_to_code(content, path)

    exact: Any = type("Exact", (machinery.SourceFileLoader,), {"get_code": get_code})
    finder = machinery.FileFinder.path_hook(
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (exact, machinery.SOURCE_SUFFIXES),
    )

    def hook(place: str) -> Any:
        if _own(os.path.abspath(place), root):
            return finder(place)
        raise ImportError

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()
    return digests, exact


def _own(place: str, root: str) -> bool:
    """Whether a folder belongs to the workspace itself."""
    below = place == root or place.startswith(root + os.sep)
    library = any(part in _LIBRARIES for part in place.split(os.sep))
    return below and not library and not place.startswith(sys.prefix + os.sep)
