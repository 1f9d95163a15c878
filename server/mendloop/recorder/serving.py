"""Which function a server is just running, so that one call does not become two records."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

SERVING: ContextVar[Any] = ContextVar("mendloop_serving", default=None)
"""The function below all decorators whose call an instrumented server records."""
