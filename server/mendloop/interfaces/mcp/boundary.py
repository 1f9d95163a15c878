"""The only place where a failure becomes an answer."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import blake2s
from typing import Final

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from mendloop.errors import InvalidInput, MendloopError, NotFound
from mendloop.interfaces.answers.text import shown

log = logging.getLogger(__name__)

_MOST_CHARACTERS: Final = 2_000


@contextmanager
def answering() -> Generator[None]:
    """Say what the caller of a tool can do about a failure, and nothing of ours where it is a bug.

    The text of an unknown exception may quote a recorded run, so it goes to the log alone.
    """
    try:
        yield
    except (ToolError, MCPError):
        raise
    except MendloopError as error:
        raise ToolError(_said(error)) from error
    except Exception as error:  # noqa: BLE001  the last resort: nothing of ours gets out
        raise ToolError(_fault(error)) from None


@contextmanager
def reading(uri: str) -> Generator[None]:
    """The same for the reader of a resource, with the codes that the protocol gives it."""
    try:
        yield
    except (ResourceError, MCPError):
        raise
    except NotFound as error:
        raise ResourceNotFoundError(_said(error)) from error
    except InvalidInput as error:
        raise MCPError(INVALID_PARAMS, _said(error), {"uri": uri}) from error
    except MendloopError as error:
        raise ResourceError(_said(error)) from error
    except Exception as error:  # noqa: BLE001  the last resort: nothing of ours gets out
        raise ResourceError(_fault(error)) from None


def _said(error: MendloopError) -> str:
    return shown(f"[{error.code}] {error.message} {error.hint}")[:_MOST_CHARACTERS]


def _fault(error: Exception) -> str:
    reference = blake2s(repr(error).encode(errors="replace"), digest_size=4).hexdigest()
    log.error("failure %s", reference, exc_info=error)
    return f"[internal] This is a fault of the server, not of the call. Reference {reference}."
