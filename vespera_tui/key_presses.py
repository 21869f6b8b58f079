"""Tells the engine that a person types, so that it makes room for the screen."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING

from engine.clock import SystemClock
from engine.errors import VesperaError

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.clock import Clock

log = logging.getLogger(__name__)

SECONDS_APART = 1.0


class KeyPresses:
    """Passes key presses on, at most one a second and one at a time, without waiting."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._told_at = -math.inf
        self._telling: asyncio.Task[None] | None = None
        self.failures = 0
        """Times that the engine could not be told."""

    def pressed(self, engine: EngineAPI | None) -> None:
        """A key was pressed; returns at once."""
        now = self._clock.monotonic()
        under_way = self._telling is not None and not self._telling.done()
        if engine is None or under_way or now - self._told_at < SECONDS_APART:
            return
        self._told_at = now
        self._telling = asyncio.create_task(self._tell(engine), name="key pressed")

    async def _tell(self, engine: EngineAPI) -> None:
        try:
            await engine.typed()
        except VesperaError as error:  # no reason to disturb who types: the screen still works
            self.failures += 1
            log.warning("the engine could not be told of a key press: %s", error)
