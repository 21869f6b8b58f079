"""Who the person at this terminal is, as the engine records it."""

from __future__ import annotations

import os


def actor() -> str:
    """The name of the user, or their number where nothing names them."""
    return os.environ.get("USER") or f"uid {os.getuid()}"
