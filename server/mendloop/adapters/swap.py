"""Change one file by compare-and-swap, and lose nothing that somebody else writes meanwhile.

The draft is swapped with the file in one step (``renameat2``), so that the draft's name then holds
what was really there at that instant. Only when that has been compared is it let go of; when it is
not what was expected, the two are swapped back. Every step can be the last before a power cut:
``restore`` finds its way from any of them.

Where the file system has no such step (some network and user-space ones), the file is compared and
then replaced. An edit that falls between the two is lost there; nothing else is weaker.
"""

import os
from collections.abc import Callable

from mendloop.adapters.draft import write_draft
from mendloop.adapters.exchange import exchange
from mendloop.adapters.slot import Slot
from mendloop.model.ids import Digest, digest_of


class Moved(Exception):
    """The file did not hold what it should, and holds again what it was found with."""


def put(slot: Slot, content: bytes, *, expect: Digest | None) -> None:
    """Give a file new bytes, where it holds what is expected at the very moment of the swap.

    Args:
        slot: The file.
        content: The new bytes.
        expect: The digest of the old ones; ``None`` where there must be no file.

    Raises:
        Moved: It holds something else.
        OSError: The disk did not do it; ``restore`` puts things right.
    """
    if expect is None:
        _create(slot, content)
    elif slot.digest() != expect:
        raise Moved
    else:
        _replace(slot, content, expect)


def take(slot: Slot, *, expect: Digest) -> None:
    """Take a file away, where it holds what is expected at that very moment.

    Raises:
        Moved: It holds something else, or is gone.
        OSError: The disk did not do it; ``restore`` puts things right.
    """
    if slot.digest() != expect:
        raise Moved
    os.rename(slot.name, slot.draft, src_dir_fd=slot.folder, dst_dir_fd=slot.folder)
    if slot.drafted() != expect:
        _give_back(slot, None)
        raise Moved
    slot.drop_draft()


def restore(
    slot: Slot, *, old: Digest | None, new: Digest | None, bytes_of: Callable[[Digest], bytes]
) -> bool:
    """Undo whatever ``put`` or ``take`` has done so far. Idempotent, and may itself be cut off.

    Args:
        slot: The file.
        old: What it held before; ``None`` where there was no file.
        new: What it was to hold; ``None`` where it was to go.
        bytes_of: Finds the bytes of a digest.

    Returns:
        Whether it holds ``old`` now. If not, it holds somebody's edit, and was left alone.
    """
    slot.drop_part()
    _settle_draft(slot, old=old, new=new)
    if slot.digest() == new != old:
        try:
            if old is not None:
                put(slot, bytes_of(old), expect=new)
            elif new is not None:
                take(slot, expect=new)
        except Moved:
            return False
    return slot.digest() == old


def _settle_draft(slot: Slot, *, old: Digest | None, new: Digest | None) -> None:
    """Leave nothing under the draft's name, and lose nothing of somebody else's that is there."""
    drafted, held = slot.drafted(), slot.digest()
    if drafted is None or drafted == new:
        slot.drop_draft()
    elif held == new or (held == old != drafted):
        # cut off between the swap and the comparison: what is in the draft had the name before,
        # so it gets it back, whether it is the old content or an edit that came in between
        _give_back(slot, held)
    elif drafted == old:
        slot.drop_draft()
    else:
        slot.keep_draft()


def _create(slot: Slot, content: bytes) -> None:
    write_draft(slot.folder, slot.draft, content, like=None)
    if not slot.name_draft():
        slot.drop_draft()
        raise Moved


def _replace(slot: Slot, content: bytes, expect: Digest) -> None:
    try:
        write_draft(slot.folder, slot.draft, content, like=slot.name)
    except FileNotFoundError as error:
        raise Moved from error
    if exchange(slot.folder, slot.draft, slot.name):
        if slot.drafted() != expect:
            _give_back(slot, digest_of(content))
            raise Moved
    elif slot.digest() == expect:
        os.replace(slot.draft, slot.name, src_dir_fd=slot.folder, dst_dir_fd=slot.folder)
    else:
        slot.drop_draft()
        raise Moved
    slot.drop_draft()


def _give_back(slot: Slot, ours: Digest | None) -> None:
    """Give the draft, which holds what was there before, its name back.

    Args:
        slot: The file.
        ours: What this transaction has put under the name; ``None`` where it took the file away.
    """
    if ours is None:
        if not slot.name_draft():
            slot.keep_draft()
    elif not exchange(slot.folder, slot.draft, slot.name):
        os.replace(slot.draft, slot.name, src_dir_fd=slot.folder, dst_dir_fd=slot.folder)
    elif slot.drafted() == ours:
        slot.drop_draft()
    else:
        # a second edit came in while the first was put back: both are kept
        slot.keep_draft()
