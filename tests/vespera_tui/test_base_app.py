from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from vespera_tui import base_app
from vespera_tui.app import VesperaApp
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.places import PLACES
from vespera_tui.screens.overview import OverviewScreen

if TYPE_CHECKING:
    from tests.vespera_tui.conftest import Until


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> VesperaApp:
    """One that mounts its other screens when it is told to."""
    monkeypatch.setattr(base_app, "AHEAD_SECONDS", 600)
    monkeypatch.setattr(base_app, "AHEAD_PAUSE_SECONDS", 0)
    return VesperaApp(
        DemoEngine(FixedClock()).opener(), config_profile="development", clock=FixedClock()
    )


async def test_all_screens_are_mounted_before_they_are_visited(
    app: VesperaApp, until: Until
) -> None:
    async with app.run_test() as pilot:
        app._start_ahead()
        await until(pilot, lambda: len(app._screen_stacks) == len(PLACES))
        assert app.here.place == PLACES[0].name
        mounted = app._screen_stacks["settings"][0]
        await pilot.press("8")
        await until(pilot, lambda: app.here is mounted)


@pytest.mark.parametrize("turns", range(8))
async def test_it_can_be_left_while_screens_are_mounted(app: VesperaApp, turns: int) -> None:
    async with app.run_test() as pilot:
        await pilot.pause()
        app._start_ahead()
        for _ in range(turns):
            await asyncio.sleep(0)
    assert app.crash is None


async def test_what_is_read_while_it_closes_is_shown_nowhere(
    app: VesperaApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def reads(screen: OverviewScreen) -> None:
        read.append(screen)  # its widgets are gone by now
        assert app.stage.snapshot is not None
        app.stage.publish(app.stage.snapshot)

    monkeypatch.setattr(OverviewScreen, "on_unmount", reads)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.stage.snapshot is not None)
    assert read
    assert app.crash is None
