"""The tiers that this machine can have."""

import shutil

import pytest


def tier_or_skip(tier: str) -> str:
    """The tier, where this machine can have it.

    Without bubblewrap there is no tier A at all; with it, that it comes up is what is tested.
    """
    if tier == "A" and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    return tier
