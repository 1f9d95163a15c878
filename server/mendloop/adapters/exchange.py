"""Swap two names in one folder, in one step of the kernel."""

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache
from typing import Final

_RENAME_EXCHANGE: Final = 2
_UNKNOWN: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})


def exchange(folder: int, one: str, other: str) -> bool:
    """Swap two names, by ``renameat2(RENAME_EXCHANGE)``.

    Args:
        folder: The open folder that holds both.
        one: A name.
        other: Another.

    Returns:
        Whether they were swapped; ``False`` where this kernel or file system cannot.

    Raises:
        OSError: It can, and did not.
    """
    call = _renameat2()
    if call is None:
        return False
    if call(folder, os.fsencode(one), folder, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), one)


@cache
def _renameat2() -> Callable[[int, bytes, int, bytes, int], int] | None:
    library = ctypes.CDLL(None, use_errno=True)
    try:
        function = library.renameat2
    except AttributeError:
        return None
    function.argtypes = (
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
    )
    function.restype = ctypes.c_int

    def call(old_folder: int, old: bytes, new_folder: int, new: bytes, flags: int) -> int:
        return int(function(old_folder, old, new_folder, new, flags))

    return call
