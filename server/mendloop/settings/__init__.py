"""What a person can set, read once, at the start."""

from mendloop.settings.defaults import Defaults, Profile
from mendloop.settings.settings import MANIFEST, Settings, shipped_policy

__all__ = ["MANIFEST", "Defaults", "Profile", "Settings", "shipped_policy"]
