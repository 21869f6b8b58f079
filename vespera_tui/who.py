"""Who the person at this terminal is, as the engine records it."""

from __future__ import annotations

import os
import pwd


def actor() -> str:
    """The name of the user, or their number where nothing names them."""
    try:
        return os.environ.get("USER") or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number that has no name
        return f"uid {os.getuid()}"
