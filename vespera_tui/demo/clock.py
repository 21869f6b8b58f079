"""Time that stands still: what is made up and drawn is the same each time."""

from __future__ import annotations

NOW = 1_800_000_000.0
"""The moment, in Unix seconds: 15 January 2027, 08:00 UTC."""


class FixedClock:
    """A clock that stands at ``NOW``."""

    def now(self) -> float:
        """Always the same moment, in Unix seconds."""
        return NOW

    def monotonic(self) -> float:
        """As :meth:`now`: no time passes."""
        return NOW

    async def sleep(self, seconds: float) -> None:
        """Return at once: whatever waits would wait for ever."""
