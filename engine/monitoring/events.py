"""What happened lately, numbered in order; a ring, so that it never grows."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import structlog

from engine.snapshots import Event

if TYPE_CHECKING:
    from engine.clock import Clock

KEPT = 1000
IN_A_LIFE = 1_000_000_000
"""Events that one owner can number; the next starts behind, so that numbers always grow."""
log: structlog.stdlib.BoundLogger = structlog.get_logger("vespera")


class EventLog:
    """Events for the screen, each written to the log as well."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._seq = 0
        self._news = asyncio.Event()

    def begin(self, life: int) -> None:
        """Number from here on behind all owners before this, the ``life``-th."""
        self._seq = life * IN_A_LIFE

    @property
    def last(self) -> int:
        """The number of the latest event."""
        return self._seq

    def add(
        self,
        kind: str,
        subject: str = "",
        *,
        actor: str = "",
        message: str = "",
        level: str = "info",
    ) -> None:
        """Note that something happened. ``level`` is a log level."""
        self._seq += 1
        self._events.append(Event(self._seq, self._clock.now(), kind, subject, actor, message))
        self._news.set()
        self._news = asyncio.Event()
        getattr(log, level)(kind, subject=subject, actor=actor, message=message)

    def after(self, seq: int, limit: int) -> list[Event]:
        """Up to ``limit`` of the newest events with a number above ``seq``, oldest first."""
        found = [event for event in self._events if event.seq > seq]
        return found[-limit:] if limit else []

    def since(self, seq: int) -> list[Event] | None:
        """All events with a number above ``seq``; None when some of them are not kept any more."""
        oldest = self._events[0].seq if self._events else self._seq + 1
        if not oldest - 1 <= seq <= self._seq:
            return None
        return [event for event in self._events if event.seq > seq]

    async def beyond(self, seq: int) -> None:
        """Return when there is an event with a number above ``seq``."""
        while self._seq <= seq:
            await self._news.wait()
