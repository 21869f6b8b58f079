"""Time that moves only by hand: what is made up and drawn is the same each time."""

from __future__ import annotations

NOW = 1_800_000_000.0
"""The moment, in Unix seconds: 15 January 2027, 08:00 UTC."""


class FixedClock:
    """A clock that stands at ``time``, in Unix seconds, until that is changed."""

    def __init__(self, time: float = NOW) -> None:
        self.time = time

    def now(self) -> float:
        """The moment it stands at."""
        return self.time

    def monotonic(self) -> float:
        """As :meth:`now`."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Return at once: whatever waits would wait for ever."""
