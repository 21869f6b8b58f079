"""The process that owned the engine is gone: the screen is covered, and is as before after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.widget import Widget

from tests.vespera_tui.noting import NotingEngine, dashboard
from tests.vespera_tui.waiting import shown, until
from vespera_tui.demo.pictures import look, still_app
from vespera_tui.places import PLACES

if TYPE_CHECKING:
    from engine.snapshots import EngineStatus

WAITING = "waiting for the process that owns the data directory"
KEYS = [place.key for place in PLACES]


@pytest.mark.parametrize("key", KEYS)
async def test_the_focus_is_given_back_after_a_cover(key: str) -> None:
    async with dashboard(NotingEngine(), (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press(key)
        await look(pilot)
        await until(pilot, lambda: app.focused)
        before = app.focused
        app.stage.step(WAITING)
        await until(pilot, lambda: WAITING in shown(app) and app.focused is None)
        app.stage.step("opening the tasks")
        await look(pilot)
        await until(pilot, lambda: app.focused is before)


async def test_a_filter_that_is_typed_keeps_the_focus() -> None:
    async with dashboard(NotingEngine(), (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press("5")
        await look(pilot)
        await pilot.press("/", "s")
        line = app.focused
        app.stage.step(WAITING)
        await until(pilot, lambda: WAITING in shown(app))
        await look(pilot)
        assert isinstance(line, Widget)
        assert app.focused is line


@pytest.mark.parametrize(
    ("owners", "words"),
    [
        (("headless", ""), "this dashboard took over"),
        (("headless", "mcp"), "attached to 2 now"),
    ],
)
async def test_it_says_who_took_over(owners: tuple[str, str], words: str) -> None:
    engine, pids = NotingEngine(), {"headless": 1, "mcp": 2}
    owner = owners[0]

    def told(status: EngineStatus) -> EngineStatus:
        info = replace(status.engine, mode=owner, pid=pids.get(owner, 0))
        return replace(status, engine=info)

    engine.told = told
    app = still_app(engine)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await look(pilot)
        await look(pilot)
        assert "is gone" not in shown(app)
        owner = owners[1]
        await look(pilot)
        await until(pilot, lambda: f"process 1 is gone: {words}" in shown(app))
