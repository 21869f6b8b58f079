"""What happened lately, numbered in order; a ring, so that it never grows."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import structlog

from engine.snapshots import Event

if TYPE_CHECKING:
    from engine.clock import Clock

KEPT = 1000
log: structlog.stdlib.BoundLogger = structlog.get_logger("vespera")


class EventLog:
    """Events for the screen, each written to the log as well."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._seq = 0

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
        getattr(log, level)(kind, subject=subject, actor=actor, message=message)

    def after(self, seq: int, limit: int) -> list[Event]:
        """Up to ``limit`` of the newest events with a number above ``seq``, oldest first."""
        found = [event for event in self._events if event.seq > seq]
        return found[-limit:] if limit else []
