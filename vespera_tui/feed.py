"""The feed: asks the engine at a steady pace and publishes one frozen snapshot each time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.clock import SystemClock
from engine.errors import VesperaError
from engine.operation_views import OperationsQuery
from vespera_tui.asking import Asker
from vespera_tui.snapshot import DashboardSnapshot, build

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api import EngineAPI
    from engine.clock import Clock
    from engine.snapshots import Event
    from vespera_tui.questions import Question

log = logging.getLogger(__name__)

OPERATIONS = 100
"""Operations at the head of the queue that the overview shows."""
EVENTS_KEPT = 100
RATES_KEPT = 120
PARITY_SECONDS = 30.0
RESTING = 5.0
"""How many times longer the beat is while nobody looks."""


class EngineFeed:
    """Polls ``engine``; ``publish`` gets each snapshot, on the event loop.

    ``wanted`` gives the question of the screen that is shown, which is answered in the snapshot; an
    answer that takes long comes with a later one.
    ``refresh_per_second`` polls a second, one at a time, until the engine is told of another pace,
    by its profile or a setting; parity, which is dear, is read beside
    them every ``parity_seconds`` and on :meth:`ask_parity`. Errors are shown in the snapshot.
    """

    def __init__(
        self,
        engine: EngineAPI,
        publish: Callable[[DashboardSnapshot], None],
        *,
        wanted: Callable[[], Question | None] = lambda: None,
        refresh_per_second: float = 2.0,
        parity_seconds: float = PARITY_SECONDS,
        clock: Clock | None = None,
    ) -> None:
        self._engine, self._publish, self._wanted = engine, publish, wanted
        self.pause = 1 / refresh_per_second
        """Seconds between two polls while somebody looks."""
        self._pace = 0.0
        self._parity_seconds = parity_seconds
        self._clock = clock or SystemClock()
        self._events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._rates: dict[str, deque[float]] = {}
        self._wake, self._parity_wanted = asyncio.Event(), asyncio.Event()
        self._last = DashboardSnapshot()
        self._parity_problem = ""
        self._asker, self._resting = Asker(engine, self._clock, self._wake.set), False

    def ask(self) -> None:
        """Poll now rather than at the next beat, the screen's question included."""
        self._asker.wish()
        self._wake.set()

    def rest(self, *, resting: bool) -> None:
        """Poll less often while nobody looks."""
        self._resting = resting
        if not resting:
            self.ask()

    def ask_parity(self) -> None:
        """Read the projections now rather than at the next beat."""
        self._parity_wanted.set()

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._polls())
                tasks.create_task(self._parities())
        finally:
            await self._asker.close()

    async def poll(self) -> DashboardSnapshot:
        """Ask once and publish; an error of the engine is published, not raised."""
        try:
            read = await self._read()
            found = await self._asker.answer(self._wanted())
            self._last = replace(
                read, question=found.question, answer=found.answer, answer_problem=found.problem
            )
        except VesperaError as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("the dashboard could not read the engine")
            self._fail(f"{type(error).__name__}: {error}")
        self._publish(self._last)
        return self._last

    async def read_parity(self) -> None:
        """Have the engine read its projections; the next poll shows what was found."""
        try:
            await self._engine.status(parity=True)
            self._parity_problem = ""
        except VesperaError as error:
            self._parity_problem = f"parity: {error}"
        except Exception as error:
            log.exception("the dashboard could not have parity read")
            self._parity_problem = f"parity: {type(error).__name__}: {error}"
        self.ask()

    async def _polls(self) -> None:
        while True:
            await self.poll()
            await _wait(self._wake, self.pause * (RESTING if self._resting else 1))

    async def _parities(self) -> None:
        while True:
            await self.read_parity()
            await _wait(self._parity_wanted, self._parity_seconds)

    async def _read(self) -> DashboardSnapshot:
        status = await self._engine.status(parity=False)
        self._follow_pace(status.engine.refresh_per_second)
        page = await self._engine.operations_page(OperationsQuery(limit=OPERATIONS))
        seen = self._events[-1].seq if self._events else 0
        self._events.extend(await self._engine.events(seen))
        for name, service in status.services.items():
            history = self._rates.setdefault(name, deque(maxlen=RATES_KEPT))
            history.append(service.metrics.rate_per_second)
        return build(
            status,
            page.rows,
            self._events,
            now=self._clock.now(),
            rates=self._rates,
            problem=self._parity_problem,
        )

    def _follow_pace(self, wanted: float) -> None:
        """Keep the pace this dashboard was started with, until the engine's is another one."""
        if self._pace and wanted and wanted != self._pace:
            self.pause = 1 / wanted
        self._pace = wanted or self._pace

    def _fail(self, problem: str) -> None:
        taken = self._last.taken_at
        stale = max(self._clock.now() - taken, 0.0) if taken else None
        engine = replace(self._last.engine, problem=problem, stale_seconds=stale)
        self._last = replace(self._last, engine=engine)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until ``event`` is set or ``seconds`` have passed; the event is clear afterwards."""
    # not wait_for: of Python 3.11 it loses a cancellation that comes together with the event
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    event.clear()
