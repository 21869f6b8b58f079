"""What the engine's processes use of the machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProcessUse:
    """Resident memory now and the largest seen, in bytes; processor time in percent of one core.

    The percentage is measured since this object's previous :meth:`read`, so that each reader with
    a rhythm of its own needs an object of its own.
    """

    def __init__(self) -> None:
        self.peak: dict[str, int] = {}
        self.cpu_percent: dict[str, float] = {}
        """By name, of the latest read; a process appears from its second read on."""
        self._processes: dict[str, psutil.Process] = {}

    def read(self, pids: Mapping[str, int | None]) -> dict[str, int]:
        """Resident bytes by name, for those that run. Reads a few small files of the kernel."""
        self.cpu_percent = {}
        found: dict[str, int] = {}
        for name, pid in pids.items():
            try:
                if pid is not None:
                    found[name] = self._read_one(name, pid)
                    continue
            except psutil.NoSuchProcess:  # it ended a moment ago
                pass
            self._processes.pop(name, None)
            self.cpu_percent.pop(name, None)
        return found

    def _read_one(self, name: str, pid: int) -> int:
        process = self._processes.get(name)
        # is_running also notices that the number now belongs to another process
        if process is None or process.pid != pid or not process.is_running():
            process = self._processes[name] = psutil.Process(pid)
            process.cpu_percent(None)  # starts the measurement; its first answer means nothing
        else:
            self.cpu_percent[name] = process.cpu_percent(None)
        memory: int = process.memory_info().rss
        self.peak[name] = max(self.peak.get(name, 0), memory, _high_water_mark(pid))
        return memory


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
