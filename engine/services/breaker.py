"""A circuit breaker for each part that services depend on (M. Nygard, "Release It!", 2007).

Closed: work flows. It opens at the first report that the part is away, because such a report is a
statement, not a suspicion. Open: nobody tries, so no attempts are burnt. When its time has come,
one probe goes through (half open): it closes the breaker, or doubles the wait.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.errors import VesperaError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from engine.clock import Clock

LONGEST_SECONDS = 60.0


class Breaker:
    """The state of one part, shared by all services that need it."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self._clock = clock
        self.reason = ""
        """Why it is open; empty when it is closed."""
        self.state = "closed"
        """closed, open or half-open."""
        self._wait = self._due = 0.0
        self._probing = asyncio.Lock()

    def trip(self, reason: str, seconds: float) -> bool:
        """The part is away: open, and probe in ``seconds``. Whether that is news."""
        news = self.reason != reason
        if self.state == "closed":
            self._wait = seconds
        self.state, self.reason = "open", reason
        self._due = self._clock.monotonic() + self._wait
        return news

    def close(self) -> bool:
        """The part is back; whether that is news."""
        news = self.state != "closed"
        self.state, self.reason = "closed", ""
        return news

    @property
    def due_in(self) -> float:
        """Seconds until the next probe may go through."""
        return max(0.0, self._due - self._clock.monotonic())

    async def probe(self, check: Callable[[], Awaitable[None]]) -> bool:
        """Let one check through; whether the breaker is closed afterwards."""
        async with self._probing:
            if self.state == "closed":  # another one's probe did it meanwhile
                return True
            self.state = "half-open"
            try:
                await check()
            except VesperaError as error:  # it is away, or the child that was asked died
                self._still_away(str(error))
            except BaseException:
                self.state = "open"
                raise
            else:
                self.close()
            return self.state == "closed"

    def _still_away(self, reason: str) -> None:
        self._wait = min(2 * self._wait, LONGEST_SECONDS)
        self.trip(reason, self._wait)


class Breakers:
    """One breaker a part, made when the part is first spoken of."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: dict[str, Breaker] = {}

    def of(self, name: str) -> Breaker:
        """The breaker of a part."""
        if name not in self._all:
            self._all[name] = Breaker(name, self._clock)
        return self._all[name]

    def open_among(self, names: Iterable[str]) -> list[Breaker]:
        """Those of ``names`` that let nothing through."""
        return [self.of(name) for name in sorted(names) if self.of(name).state != "closed"]
