from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.vespera_tui.noting import NotingEngine, dashboard
from tests.vespera_tui.waiting import shown, until
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.session import EngineSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

    from vespera_tui.snapshot import DashboardSnapshot


class Told:
    """A stage that notes what it is told."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.error = ""

    def step(self, line: str) -> None: ...

    def opened(self) -> None: ...

    def stopping(self) -> None: ...

    def wanted(self) -> None:
        return None

    def failed(self, error: str, advice: str) -> None:  # noqa: ARG002 - Stage
        self.error = error
        self.told.set()

    def publish(self, snapshot: DashboardSnapshot) -> None:  # noqa: ARG002 - Stage
        self.told.set()


class Broken(Told):
    """A stage on which nothing can be shown."""

    def publish(self, snapshot: DashboardSnapshot) -> None:  # noqa: ARG002 - Stage
        raise RuntimeError("boom")


async def test_what_cannot_be_shown_is_told_and_logged_not_frozen(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Broken()
    session = EngineSession(DemoEngine(FixedClock()).opener(), stage, clock=FixedClock())
    session.start()
    await stage.told.wait()
    await session.leave()
    assert "boom" in stage.error
    assert "boom" in session.error
    assert any(record.exc_info for record in caplog.records)


class Slow:
    """An engine whose opening and closing take as long as the test wants."""

    def __init__(self) -> None:
        self.opening, self.left = asyncio.Event(), asyncio.Event()
        self.closing, self.closed = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def opener(self, *, on_step: Callable[[str], None]) -> AsyncIterator[Any]:
        await self.opening.wait()
        async with DemoEngine(FixedClock()).opener()(on_step=on_step) as engine:
            yield engine
            self.left.set()
            await self.closing.wait()
            self.closed.set()


async def test_an_opening_that_nobody_waits_for_is_given_up() -> None:
    engine = Slow()
    session = EngineSession(engine.opener, Told(), clock=FixedClock())
    session.start()
    leaving = asyncio.create_task(session.leave())
    await asyncio.sleep(0)
    session.abandon()
    await leaving
    assert not engine.closed.is_set()


async def test_a_closing_is_never_given_up() -> None:
    engine, stage = Slow(), Told()
    engine.opening.set()
    session = EngineSession(engine.opener, stage, clock=FixedClock())
    session.start()
    await stage.told.wait()
    leaving = asyncio.create_task(session.leave())
    await engine.left.wait()
    session.abandon()
    engine.closing.set()
    await leaving
    assert engine.closed.is_set()


async def test_a_feed_that_ends_after_hours_is_no_opening_that_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with dashboard(NotingEngine(), (100, 30)) as pilot:
        app: Any = pilot.app

        def broken(_: object) -> None:
            raise RuntimeError("boom [/x]\x1b")

        monkeypatch.setattr(app.here, "show", broken)
        app.session.feed.ask()
        await until(pilot, lambda: "the dashboard can't go on" in shown(app))
        assert "RuntimeError: boom [/x]␛" in shown(app)
        assert "could not be opened" not in shown(app)
        assert "Start it again; the log says more." in shown(app)
