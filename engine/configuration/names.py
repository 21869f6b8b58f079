"""Where settings are looked for: names that can be told without reading what may be set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from platformdirs import user_config_path

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "VESPERA_"
CONFIG = f"{PREFIX}CONFIG"
"""Names the file; every other name of the environment sets the value of its key."""


def standard_file() -> Path:
    """The file that is read, if it is there, when none is named."""
    return user_config_path("vespera") / "config.json"


def environment_name(key: str) -> str:
    """The name in the environment that sets a dotted key."""
    return PREFIX + key.replace(".", "__").upper()
