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
    """A burst that waits for a service, as one long work.

    It begins when much waits and is done when as many have ended as waited then. What comes
    meanwhile belongs to it only when that is much, too: a trickle behind it is the usual business.
    """

    def __init__(self) -> None:
        self._before: int | None = None
        self._end = 0
        """As many have ended when the burst is done."""

    def progress(self, waiting: int, ended: int, rate: float) -> Progress | None:
        """How far it is; None while little waits.

        ``waiting`` are due or run, ``ended`` all that ever ended, ``rate`` is theirs a second.
        """
        burst = 0 if self._before is None else self._end - ended
        if waiting >= max(burst, 0) + WORTH_TELLING:
            burst, self._end = waiting, ended + waiting
        left = min(waiting, burst)  # what was cancelled waits no longer and has not ended
        if left <= 0:
            self._before = None
            return None
        if self._before is None:
            self._before = ended
        done = ended - self._before
        return Progress(done, done + left, "operations", rate, left / rate if rate > 0 else None)
