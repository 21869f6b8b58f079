"""How much of what it could do the engine does now, so that people and programs come first.

The share follows additive increase, multiplicative decrease: halved by each reading under
pressure, a tenth more by each reading without. That converges to a fair and stable share between
programs that all do the same, without their knowing of one another (D.-M. Chiu and R. Jain,
"Analysis of the increase and decrease algorithms for congestion avoidance in computer networks",
Computer Networks and ISDN Systems 17, 1989).

When do others need the processors? When all are in use *and* a part that counts is not ours. An
engine that is alone may have them all: idle processors help nobody. That is why it is not the
kernel's pressure figure (/proc/pressure/cpu) that is asked: it also rises when our own threads
wait for one another, and does not say who waits. Memory is different: whoever fills it, the next
allocation may end a process, so all use of it counts.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from engine.resources.sensors import MachineSensors

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.clock import Clock
    from engine.resources.sensors import Reading, Sensors
    from engine.service_config import ServiceConfiguration

FLOOR, FULL, STEP = 0.1, 1.0, 0.1
TYPING_SHARE = 0.25
READ_SECONDS = 2.0
OTHERS_PERCENT = 10.0
"""Use of the processors by others that counts as need; below it is what every machine hums with."""


class Governor:
    """Says how much to do. ``config`` is called at each use, so a change of profile takes effect.

    Nothing here blocks; :meth:`run` has to be running for pressure to be noticed.
    """

    def __init__(
        self,
        config: Callable[[], ServiceConfiguration],
        clock: Clock,
        sensors: Sensors | None = None,
    ) -> None:
        self._config, self._clock = config, clock
        self._sensors = sensors or MachineSensors()
        self._allowed = FULL
        self._pressure = ""
        self._typed_at = -math.inf

    @property
    def typing(self) -> bool:
        """Whether a person pressed a key within the last ``resources.typing_seconds``."""
        passed = self._clock.monotonic() - self._typed_at
        return passed < self._config().resources.typing_seconds

    @property
    def share(self) -> float:
        """From 0.1 to 1: the part of its usual work that the engine does now."""
        if not self._config().resources.adapt:
            return FULL
        return min(self._allowed, TYPING_SHARE) if self.typing else self._allowed

    @property
    def reason(self) -> str:
        """Why :attr:`share` is below 1, in words; empty when it is 1."""
        if self.share == FULL:
            return ""
        if self.typing and self._allowed >= TYPING_SHARE:
            return "a person is typing"
        return self._pressure or "the pressure is gone, picking up again"

    def typed(self) -> None:
        """A person pressed a key."""
        self._typed_at = self._clock.monotonic()

    def workers(self, wanted: int) -> int:
        """How many of ``wanted`` batches may run at the same time; at least 1."""
        return self._part(wanted)

    def batch(self, wanted: int) -> int:
        """How many of ``wanted`` operations a batch may have; at least 1."""
        return self._part(wanted)

    def _part(self, wanted: int) -> int:
        # the smallest bit more, so that 0.7 of 10 is 7 in spite of binary fractions
        return max(1, math.floor(wanted * self.share + 1e-9))

    async def run(self) -> None:
        """Read the sensors every second, for ever."""
        while True:
            await self.observe()
            await self._clock.sleep(READ_SECONDS)

    async def observe(self) -> None:
        """Read the sensors once and adapt the share."""
        if not self._config().resources.adapt:
            self._allowed, self._pressure = FULL, ""
            return
        self._pressure = self._pressure_in(await asyncio.to_thread(self._sensors.read))
        if self._pressure:
            self._allowed = max(FLOOR, self._allowed / 2)
        else:
            self._allowed = min(FULL, round(self._allowed + STEP, 6))

    def _pressure_in(self, reading: Reading) -> str:
        settings = self._config().resources
        if reading.memory >= settings.memory_percent:
            return f"memory at {reading.memory:.0f}%"
        if reading.processors >= settings.cpu_percent and reading.others >= OTHERS_PERCENT:
            return f"processors at {reading.processors:.0f}%"
        return ""
