"""Waking whoever waits for work, such that no call is lost between a look and a wait."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Wakeups:
    """Counts the calls for each service. Used on one event loop."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = defaultdict(int)
        self._events: dict[str, asyncio.Event] = {}

    def count(self, service: str) -> int:
        """Calls so far; read it before looking, then wait with it."""
        return self._counts[service]

    def wake(self, service: str) -> None:
        """Call all who wait for this service."""
        self._counts[service] += 1
        if event := self._events.pop(service, None):
            event.set()

    async def wait(self, service: str, since: int) -> None:
        """Return at the first call after the one that ``since`` counted."""
        while self._counts[service] == since:
            await self._events.setdefault(service, asyncio.Event()).wait()
