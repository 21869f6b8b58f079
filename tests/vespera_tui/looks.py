"""The states in which every screen is pictured: one demonstration, answered otherwise at places.

Not a test: what the tests of the looks share.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from textual.widgets import Input, TextArea

from engine.cycle_views import Cut, CycleComponent, CycleRecord, CycleReport
from engine.errors import DataDirectoryInUseError, StoreUnavailableError
from engine.monitoring.log_tail import LogPage
from engine.operation_views import OperationsPage
from engine.snapshots import (
    Alert,
    CycleCounts,
    EngineStatus,
    GraphParity,
    Parity,
    ServiceSnapshot,
    StoreParity,
    TaskCounts,
)
from engine.task_views import TasksPage
from tests.vespera_tui.waiting import PATIENCE, until
from vespera_tui.app import VesperaApp
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.screens.base import HEIGHTS, WIDTHS
from vespera_tui.screens.listing import PAGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from textual.pilot import Pilot
    from textual.screen import Screen

    from engine.configuration.editing import ConfigurationView

    Call = Callable[..., Awaitable[Any]]

SLOWEST = 0.01
"""Polls a second: none by itself while a picture is taken."""
COURSE = (0.4, 0.6, 0.9, 1.0, 1.2, 1.5, 1.3, 1.1, 0.8, 0.5, 0.2, 0.1)
"""How the rates go from poll to poll, over and over."""
DATA_DIR = "/home/ada/.local/share/vespera"
BROKEN = StoreUnavailableError("sqlite", "disk I/O error")
IN_USE = DataDirectoryInUseError(f"{DATA_DIR} is used by process 4711")


@dataclass
class Posed:
    """The engine ``of``, of which some calls are answered by those in ``instead``."""

    of: Any
    instead: dict[str, Call] = field(default_factory=dict)
    error: Exception | None = None
    """Why it can't be opened."""
    moment: int = 0
    """How often it was looked at, which the rates go by."""

    def __getattr__(self, name: str) -> Any:
        return self.instead.get(name) or getattr(self.of, name)

    @asynccontextmanager
    async def opener(self, *, on_step: Callable[[str], None]) -> AsyncIterator[Any]:
        async with self.of.opener()(on_step=on_step):
            if self.error is not None:
                raise self.error
            yield self


class StillApp(VesperaApp):
    """Asks only when it is told to, so that a picture does not depend on how quick a machine is."""

    posed: Posed

    CSS_PATH = str(files("vespera_tui") / "app.tcss")

    def ask_feed(self) -> None:
        """Not now."""

    async def opened(self, pilot: Pilot[None]) -> None:
        """Wait until the engine is open, or can't be; after that nothing is asked by itself."""
        await until(pilot, lambda: self.services or self.session.error)
        for task in asyncio.all_tasks():
            if task.get_name() == "engine feed":
                task.cancel()
                await asyncio.wait([task])

    async def look(self, pilot: Pilot[None], polls: int = 1) -> None:
        """Ask, and wait until what is answered is painted."""
        for _ in range(polls):
            if self.session.feed is not None and not self.session.error:
                self.posed.moment += 1
                await self.session.feed.poll()
            await pilot.pause(0)
        await self._settled(pilot)

    async def _settled(self, pilot: Pilot[None]) -> None:
        """Wait until the screen is in its size and stands still."""
        for line in self.screen.query(Input):
            line.cursor_blink = False
        for area in self.screen.query(TextArea):
            area.cursor_blink = False
        before: list[str] = []
        given_up = time.monotonic() + PATIENCE
        while time.monotonic() < given_up:
            for _ in range(3):
                await pilot.pause()
            now = [strip.text for strip in self.screen._compositor.render_strips()]
            if now == before and self.screen.size == self.size and _fits(self.screen_stack[0]):
                return
            before = now
        raise AssertionError("the screen does not stand still")


def _fits(screen: Screen[Any]) -> bool:
    """Whether it has the classes of its size."""
    width, height = screen.size
    fitting = {
        max((least, name) for least, name in steps if least <= cells)[1]
        for cells, steps in ((width, WIDTHS), (height, HEIGHTS))
    }
    return fitting <= screen.classes


@cache
def demonstration() -> DemoEngine:
    """The same for all, since a quarter of an hour is made up at its start."""
    return DemoEngine(FixedClock())


def posed(state: str) -> Posed:
    """The engine of ``state``."""
    engine = Posed(demonstration())
    engine.instead = {
        "operations_page": _remembered(engine.of.operations_page),
        "configuration": _elsewhere(engine.of.configuration),
        **STATES[state](engine.of),
    }
    engine.instead["status"] = _course(engine, engine.instead.get("status", engine.of.status))
    engine.error = IN_USE if state == "unopened" else None
    return engine


def app_of(state: str, theme: str = "vespera-dark") -> StillApp:
    """The dashboard in ``state``, without time and animation."""
    engine = posed(state)
    app = StillApp(
        engine.opener,
        config_profile="development",
        refresh_per_second=SLOWEST,
        clock=FixedClock(),
        theme=theme,
        read_only=state == "read-only",
    )
    app.animation_level, app.posed = "none", engine
    return app


def _course(engine: Posed, status: Call) -> Call:
    """``status`` with rates that go up and down from moment to moment."""

    async def changed(*, parity: bool = True) -> EngineStatus:
        found = await status(parity=parity)
        share = COURSE[engine.moment % len(COURSE)]
        services = {name: _sped(each, share) for name, each in found.services.items()}
        return replace(found, services=services)

    return changed


def _with(status: Call, **changes: Any) -> Call:
    """``status`` with some ``changes``."""

    async def changed(*, parity: bool = True) -> EngineStatus:
        return replace(await status(parity=parity), **changes)

    return changed


def _remembered(call: Call) -> Call:
    """``call``, made once for the same question: time stands still, and so does the queue."""
    known: dict[Any, Any] = {}

    async def answer(query: Any) -> Any:
        if query not in known:
            known[query] = await call(query)
        return known[query]

    return answer


def _elsewhere(configuration: Call) -> Call:
    """``configuration`` with a folder that is the same for everybody."""

    async def answer() -> ConfigurationView:
        found = await configuration()
        settings = (
            replace(each, value=json.dumps(DATA_DIR), default=json.dumps(DATA_DIR))
            if each.key == "data_dir"
            else each
            for each in found.settings
        )
        return replace(found, settings=tuple(settings))

    return answer


def _sped(service: ServiceSnapshot, share: float) -> ServiceSnapshot:
    metrics = service.metrics
    return replace(
        service, metrics=replace(metrics, rate_per_second=metrics.rate_per_second * share)
    )


def _answers(value: object) -> Call:
    async def answer(*_: object, **__: object) -> object:
        return value

    return answer


def _fails(*_: object, **__: object) -> Any:
    raise BROKEN


def _busy(_: DemoEngine) -> dict[str, Call]:
    return {}


def _empty(engine: DemoEngine) -> dict[str, Call]:
    names = ("auto_embedding", "cycle_detection", "incremental_sync", "index_optimization")
    parity = StoreParity(Parity(), GraphParity(Parity(), Parity()), FixedClock().now())
    report = CycleReport((), FixedClock().now() - 4, 0)
    return {
        "status": _with(
            engine.status,
            services={name: ServiceSnapshot(name, status="running") for name in names},
            tasks=TaskCounts(),
            parity=parity,
            cycles=CycleCounts(),
            alerts=(),
            optimizations=(),
        ),
        "operations_page": _answers(OperationsPage()),
        "tasks_page": _answers(TasksPage()),
        "log_lines": _answers(LogPage()),
        "cycles": _answers(report),
        **dict.fromkeys(("events", "error_groups", "cycle_history"), _answers([])),
        **dict.fromkeys(("optimizations", "metrics"), _answers(())),
    }


def _failing(engine: DemoEngine) -> dict[str, Call]:
    """The status is read, but what the screen asks for is not; two services are in trouble."""
    page = _remembered(engine.operations_page)

    async def operations_page(query: Any) -> OperationsPage:
        return _fails() if query.limit == PAGE else await page(query)

    async def status(*, parity: bool = True) -> EngineStatus:
        found = await engine.status(parity=parity)
        troubles = {
            "auto_embedding": ("failed", "crashed 5 times: ModelUnavailableError: no weights"),
            "incremental_sync": ("degraded", "kuzu: no answer for 30 s; restarting, work waits"),
        }
        services = {
            name: replace(each, **dict(zip(("status", "reason"), troubles[name], strict=True)))
            if name in troubles
            else each
            for name, each in found.services.items()
        }
        kuzu = Parity(error="kuzu: no answer for 30 s")
        away = Alert("kuzu-down", "critical", "kuzu is away; graph work waits for it", 0.0)
        return replace(
            found,
            services=services,
            parity=replace(found.parity, graph=GraphParity(kuzu, kuzu)),
            alerts=(replace(away, since=FixedClock().now() - 30), *found.alerts),
        )

    calls = ("cycles", "error_groups", "tasks_page", "stores_report", "log_lines")
    return {
        "status": status,
        "operations_page": operations_page,
        **dict.fromkeys((*calls, "configuration", "metrics"), _fails),
    }


def _cyclic(engine: DemoEngine) -> dict[str, Call]:
    """Components of many sizes, the largest too large for a ring."""
    components = tuple(_component(number, size) for number, size in enumerate((24, 6, 2, 1), 12))
    now = FixedClock().now()
    alive = [
        CycleRecord(each.id, each.tasks, each.cycle, each.cuts, now - 90_000, now - 90_000)
        for each in components
    ]
    tasks = sum(len(each.tasks) for each in components)
    message = f"{tasks} tasks wait for each other; see screen 3"
    return {
        "status": _with(
            engine.status,
            cycles=CycleCounts(len(components), tasks),
            alerts=(Alert("cycles", "warning", message, now - 90_000),),
        ),
        "cycles": _answers(CycleReport(components, now - 4, 1_243)),
        "cycle_history": _answers(alive),
    }


def _component(number: int, size: int) -> CycleComponent:
    ring = tuple(f"t-{number}{chr(ord('a') + index)}" for index in range(size))
    cut = Cut(ring[-1], ring[0], "blocks", f"frees {size} of {size} tasks; added today by ada")
    edges = tuple((a, b, "blocks") for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))
    born = FixedClock().now() - 90_000
    return CycleComponent(ring, ring, cut, edges, born, id=number, cuts=(cut,), cycles=1)


def _attached(engine: DemoEngine) -> dict[str, Call]:
    async def status(*, parity: bool = True) -> EngineStatus:
        found = await engine.status(parity=parity)
        return replace(found, engine=replace(found.engine, mode="headless", pid=4711))

    return {"status": status}


STATES: dict[str, Callable[[DemoEngine], dict[str, Call]]] = {
    "busy": _busy,
    "empty": _empty,
    "failing": _failing,
    "unopened": _busy,
    "cycles": _cyclic,
    "read-only": _busy,
    "attached": _attached,
}
