"""What the governor looks at: use of the processors by others and by us, and of the memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import psutil

from engine.resources.limits import read_limits


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the machine, since the look before. All in percent of the whole machine."""

    processors: float = 0.0
    """By all programs, this one and its children included."""
    others: float = 0.0
    """By everything but this process and its children."""
    memory: float = 0.0
    """Of the memory that may be used; see :class:`engine.resources.limits.Limits`."""


class Sensors(Protocol):
    """Where readings come from."""

    def read(self) -> Reading:
        """Look now. May take some milliseconds, so it is called on a thread."""


class MachineSensors:
    """The real machine."""

    def __init__(self) -> None:
        self._total, self._busy = _machine_seconds()
        self._ours = _family_seconds()

    def read(self) -> Reading:
        """Use since the last call, or since this was made."""
        (total, busy), ours = _machine_seconds(), _family_seconds()
        passed = total - self._total
        all_of_it = _percent(busy - self._busy, passed)
        # one that ended is not in ``ours`` any more, one that is new counts from its start
        spent = sum(seconds - self._ours.get(who, 0.0) for who, seconds in ours.items())
        others = max(0.0, all_of_it - _percent(spent, passed))
        self._total, self._busy, self._ours = total, busy, ours
        limits = read_limits()
        memory = _percent(limits.memory_used_bytes, limits.memory_bytes)
        return Reading(all_of_it, others, memory)


def _percent(part: float, whole: float) -> float:
    return min(100.0, max(0.0, 100.0 * part / whole)) if whole > 0 else 0.0


def _machine_seconds() -> tuple[float, float]:
    """Processor seconds since the machine started, and the busy ones among them.

    Not ``psutil.cpu_percent``: it measures since the last call on the same thread, and these calls
    come from a pool of threads.
    """
    times = psutil.cpu_times()
    # Linux counts the time of guests in ``user`` and ``nice`` as well
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total, total - times.idle - getattr(times, "iowait", 0.0)


def _family_seconds() -> dict[tuple[int, float], float]:
    """Processor seconds of this process and each of its children, by pid and time of birth."""
    found: dict[tuple[int, float], float] = {}
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            times = process.cpu_times()
            found[process.pid, process.create_time()] = times.user + times.system
        except psutil.Error:  # it ended a moment ago
            continue
    return found
