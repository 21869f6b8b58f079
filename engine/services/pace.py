"""How far long work is and how quick: from counts and a clock to :class:`Progress`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.snapshots import Progress

if TYPE_CHECKING:
    from engine.clock import Clock

WORTH_TELLING = 20
"""Operations that wait from which a backlog is long work."""


class Pace:
    """The rate since it was made, when ``done`` of the work were done already."""

    def __init__(self, clock: Clock, done: int = 0) -> None:
        self._clock, self._before, self._began = clock, done, clock.monotonic()

    def progress(self, done: int, total: int, unit: str) -> Progress:
        """How far it is now, and how long yet."""
        seconds = self._clock.monotonic() - self._began
        rate = max(done - self._before, 0) / seconds if seconds > 0 else 0.0
        left = max(total - done, 0) / rate if rate else None
        return Progress(done, total, unit, rate, left)


class Backlog:
    """What waits for a service, as one long work: from when much waits until nothing does."""

    def __init__(self) -> None:
        self._before: int | None = None

    def progress(self, waiting: int, ended: int, rate: float) -> Progress | None:
        """How far it is; None while little waits.

        ``waiting`` are due or run, ``ended`` all that ever ended, ``rate`` is theirs a second.
        """
        if not waiting or (self._before is None and waiting < WORTH_TELLING):
            self._before = None
            return None
        if self._before is None:
            self._before = ended
        done = ended - self._before
        left = waiting / rate if rate > 0 else None
        return Progress(done, done + waiting, "operations", rate, left)
