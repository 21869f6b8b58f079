"""What was shown and is gone takes no memory, however long the dashboard is watched."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from textual.strip import Strip

from vespera_tui import base_app
from vespera_tui.app import VesperaApp
from vespera_tui.demo import DemoEngine, FixedClock
from widgets.dialogs import Help

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.pilot import Pilot

    from tests.vespera_tui.conftest import Until

SIZE = (120, 40)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> VesperaApp:
    """One that mounts no other screens meanwhile: they would be counted."""
    monkeypatch.setattr(base_app, "AHEAD_SECONDS", 600)
    return VesperaApp(
        DemoEngine(FixedClock()).opener(), config_profile="development", clock=FixedClock()
    )


@pytest.fixture
def no_looks_for_garbage() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


def count(kind: type) -> int:
    """How many there are that something still holds."""
    gc.collect()
    return sum(type(each) is kind for each in gc.get_objects())


async def look_at_help(pilot: Pilot[None], until: Until, times: int) -> None:
    for _ in range(times):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, Help))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Help))


async def test_the_lines_of_a_help_that_was_left_are_not_kept(
    app: VesperaApp, until: Until
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.engine is not None)
        await look_at_help(pilot, until, 2)  # what can be kept is
        before = count(Strip)
        await look_at_help(pilot, until, 4)
        assert count(Strip) <= before + SIZE[1]  # one help has as many


@pytest.mark.usefixtures("no_looks_for_garbage")
async def test_lines_that_were_painted_over_are_freed_without_a_look_for_garbage(
    app: VesperaApp, until: Until
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.engine is not None)
        await pilot.press("2", *"jjjjkkkkjjjj")
        await pilot.pause()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        assert not [each for each in gc.garbage if isinstance(each, Strip)]


async def test_no_widget_is_looked_up_among_those_of_all_former_layouts(
    app: VesperaApp, until: Until
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.engine is not None)
        await pilot.press("2", *["enter"] * 16)  # details open and close
        before = count(list)
        await pilot.press(*["enter"] * 20)
        assert count(list) < before + 100
