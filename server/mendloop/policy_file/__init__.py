"""The policy as files say it."""

from mendloop.policy_file.document import read_policy, write_policy
from mendloop.policy_file.layers import operated, stricter, tables

__all__ = ["operated", "read_policy", "stricter", "tables", "write_policy"]
