"""The port to the repository that the workspace may be."""

from typing import Protocol

from mendloop.app.permit import Permit
from mendloop.model.deployment import Deployment
from mendloop.model.in_git import Left, Made


class Repository(Protocol):
    """Commits what is deployed. All methods block for the length of some runs of git."""

    def commit(self, permit: Permit, deployment: Deployment, message: str) -> Made | Left:
        """Commit exactly the files of a deployment that is in place; idempotent."""
        ...

    def hand_over(
        self, permit: Permit, deployment: Deployment, message: str, branch: str
    ) -> Made | Left:
        """Make a new branch that holds HEAD and the deployment; nothing else is touched."""
        ...

    def hindrance(self, deployment: Deployment, branch: str) -> str:
        """Why a deployment could not be handed over as a branch; empty where it could."""
        ...

    def handed_over(self, deployment: Deployment, branch: str) -> Made | None:
        """The branch that was made for a deployment, if it was."""
        ...
