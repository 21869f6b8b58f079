"""Watches the engine: its loop's delay, what its services need, and what a person should know."""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from typing import TYPE_CHECKING

from engine.monitoring.alerts import Situation, current_alerts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from engine.clock import Clock
    from engine.monitoring.alert_keeper import AlertKeeper
    from engine.services.runner import ServiceRunner
    from engine.snapshots import Alert

LAG_SECONDS, LAGS_KEPT = 0.25, 40
"""How often the event loop's delay is measured, and how many measurements count (10 s)."""
PROBE_SECONDS = 15.0
"""How often an idle service checks that what it needs is still there."""
ALERT_SECONDS = 5.0
"""How often the alert rules are looked at."""


class LoopLag:
    """How late the event loop is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lags: deque[float] = deque(maxlen=LAGS_KEPT)

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            before = self._clock.monotonic()
            await self._clock.sleep(LAG_SECONDS)
            self._lags.append(max(0.0, self._clock.monotonic() - before - LAG_SECONDS))

    @property
    def seconds(self) -> float:
        """Largest delay in the last ten seconds."""
        return max(self._lags, default=0.0)


class HealthWatch:
    """Probes the services and keeps the alerts up to date."""

    def __init__(
        self,
        clock: Clock,
        runners: Mapping[str, ServiceRunner],
        situation: Callable[[], Awaitable[Situation]],
        keeper: AlertKeeper,
        usual: Callable[[str], Awaitable[float | None]],
    ) -> None:
        self._clock, self._runners = clock, runners
        self._situation, self._keeper, self._usual = situation, keeper, usual
        self.baselines: dict[str, float | None] = {}
        """The p95 of a run that is usual for each service; None while nobody knows."""

    async def probe_for_ever(self) -> None:
        """Probe what the enabled services need, regularly."""
        while True:
            await self.probe()
            await self._clock.sleep(PROBE_SECONDS)

    async def probe(self) -> None:
        """Probe what every enabled service needs."""
        enabled = [runner for runner in self._runners.values() if runner.enabled]
        await asyncio.gather(*(runner.check() for runner in enabled))

    async def alert_for_ever(self) -> None:
        """Look at the alert rules, regularly."""
        while True:
            self.baselines = {name: await self._usual(name) for name in self._runners}
            await self.evaluate()
            await self._clock.sleep(ALERT_SECONDS)

    async def evaluate(self) -> tuple[Alert, ...]:
        """Look at the alert rules now; the alerts that are alive."""
        await self._keeper.update(current_alerts(await self._situation()))
        return self._keeper.current


async def free_bytes(folder: Path) -> int | None:
    """Free space where ``folder`` is; None when it is not there."""

    def read() -> int | None:
        return shutil.disk_usage(folder).free if folder.exists() else None

    return await asyncio.to_thread(read)
