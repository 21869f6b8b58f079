"""Memory of the engine's processes, in bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProcessMemory:
    """Resident memory now, and the largest seen."""

    def __init__(self) -> None:
        self.peak: dict[str, int] = {}

    def read(self, pids: Mapping[str, int | None]) -> dict[str, int]:
        """Resident bytes by name, for those that run."""
        found: dict[str, int] = {}
        for name, pid in pids.items():
            if pid is None:
                continue
            try:
                found[name] = psutil.Process(pid).memory_info().rss
            except psutil.NoSuchProcess:  # it ended a moment ago
                continue
            highest = max(found[name], _high_water_mark(pid))
            self.peak[name] = max(self.peak.get(name, 0), highest)
        return found


def _high_water_mark(pid: int) -> int:
    """The kernel's own record of the peak, where there is one (Linux)."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
