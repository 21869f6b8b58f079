"""The engine of the demonstration: a real queue in memory, services that only pretend."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.clock import SystemClock
from vespera_tui.demo import settings
from vespera_tui.demo.activity import Activity
from vespera_tui.demo.board import Board
from vespera_tui.demo.cycle_calls import CycleCalls
from vespera_tui.demo.cycles import Cycles
from vespera_tui.demo.log import log_page
from vespera_tui.demo.past import samples
from vespera_tui.demo.queue_calls import QueueCalls
from vespera_tui.demo.script import TASKS
from vespera_tui.demo.service_calls import ServiceCalls
from vespera_tui.demo.settings import SettingCalls
from vespera_tui.demo.stores import STORES, optimizations
from vespera_tui.demo.task_writes import TaskWrites

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from engine.api import EngineAPI
    from engine.clock import Clock
    from engine.monitoring.log_tail import LogPage, LogQuery
    from engine.monitoring.samples import Sample
    from engine.snapshots import OptimizationRun
    from engine.store_views import StoresReport

STEPS = (
    "opening tasks.db",
    "starting the embedding process",
    "starting the projection process",
    "starting the services",
)


class DemoEngine(TaskWrites, CycleCalls, QueueCalls, ServiceCalls, SettingCalls):
    """Plays what the dashboard asks of an engine; what is done to it has its effect.

    ``clock`` says how much time passes; the same ``seed`` makes the same activity. Calls that it
    does not play raise NotPlayedError.
    """

    # ruff: noqa: D102 - EngineAPI says what the calls are for

    def __init__(self, clock: Clock | None = None, *, seed: int = 7) -> None:
        clock = clock or SystemClock()
        started = clock.now()
        self.board = Board(started, seed)
        titles = {task_id: self.board.tasks[task_id].title for task_id in TASKS}
        rng = random.Random(seed)  # noqa: S311 - repeatable activity, not secrets
        self.activity = Activity(clock, rng, titles)
        self.cycles_there = Cycles(self.board, started)
        self.loaded = settings.begin()
        self.profile, self.acknowledged = "development", dict[str, str]()
        self.is_open = self.was_left = False

    async def metrics(self, service: str = "", *, seconds: float = 3600.0) -> tuple[Sample, ...]:
        return samples(service, seconds, self.activity.now)

    async def stores_report(self) -> StoresReport:
        return replace(STORES, wal_bytes=1_000_000 + self.activity.seq * 4_096)

    async def optimizations(self, limit: int = 20) -> tuple[OptimizationRun, ...]:
        return optimizations(self.activity.started)[:limit]

    async def log_lines(self, query: LogQuery) -> LogPage:
        return log_page(self.activity.events, query)

    def opener(
        self, error: Exception | None = None
    ) -> Callable[..., AbstractAsyncContextManager[EngineAPI]]:
        """What :class:`vespera_tui.app.VesperaApp` opens; raises ``error`` after the steps."""

        @asynccontextmanager
        async def opened(*, on_step: Callable[[str], None]) -> AsyncIterator[EngineAPI]:
            for step in STEPS:
                on_step(step)
            await self.catch_up()
            if error is not None:
                raise error
            self.is_open = True
            try:
                yield self
            finally:
                self.is_open, self.was_left = False, True

        return opened


def made_up(clock: Clock | None = None) -> DemoEngine:
    """A demonstration that goes on as ``clock`` says, the system's without one."""
    return DemoEngine(clock)  # type: ignore[abstract] # what is not played raises, see Unplayed
