"""Where the log is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def log_path(data_dir: Path) -> Path:
    """The log file that belongs to a data directory."""
    return data_dir / "logs" / "vespera.log"
