"""Everything that changes something in the user's world."""

from enum import StrEnum


class Action(StrEnum):
    """What a permit is for."""

    DEPLOY = "deploy"
    ROLL_BACK = "roll_back"
    RECOVER = "recover"
    """Finish or undo what a crash left half done."""
    COMMIT = "commit"
    """Note in the workspace's repository what is in place already."""
