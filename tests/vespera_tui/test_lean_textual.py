"""What was shown and is gone takes no memory, however long the dashboard is watched."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING
from weakref import ref

import pytest
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets._toast import Toast, ToastHolder

from vespera_tui.app import VesperaApp
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.screens.base import FOUND_KEPT
from widgets.help import Help

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vespera_tui.conftest import Until


@pytest.fixture
def app() -> VesperaApp:
    return VesperaApp(
        DemoEngine(FixedClock()).opener(), config_profile="development", clock=FixedClock()
    )


@pytest.fixture
def no_looks_for_garbage() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("app", "no_looks_for_garbage")
@pytest.mark.parametrize("cuts", [[3], [3, 5], [1, 3]])
def test_a_line_is_freed_without_a_look_for_garbage(cuts: list[int]) -> None:
    gc.collect()
    line = Strip([Segment("abc")], 3)
    parts = line.divide(cuts)
    assert "".join(part.text for part in parts) == "abc"
    del line, parts
    assert gc.collect() == 0


async def test_the_lines_of_a_help_that_was_left_are_not_kept(
    app: VesperaApp, until: Until
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.engine is not None)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, Help) and app.screen.focused)
        await pilot.pause()
        lines = [ref(each._styles_cache) for each in app.screen.query(Widget)]
        await pilot.press("escape")
        await until(pilot, lambda: gc.collect() >= 0 and not any(each() for each in lines))


async def test_nothing_is_left_of_a_message_whose_time_was_over_on_another_screen(
    app: VesperaApp, until: Until
) -> None:
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: app.engine is not None)
        app.clear_notifications()
        app.notify("first", timeout=600)
        await until(pilot, lambda: app.screen.query(Toast))
        await pilot.press("2")
        await until(pilot, lambda: app.here.place == "operations")
        app.clear_notifications()
        await pilot.press("1")
        await until(
            pilot, lambda: app.here.place == "overview" and not app.screen.query(ToastHolder)
        )


async def test_no_widget_is_found_by_how_the_screen_was_before(
    app: VesperaApp, until: Until
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.engine is not None)
        await pilot.press("2", *["enter"] * 2 * FOUND_KEPT)  # details open and close
        assert len(app.here._query_one_cache) <= FOUND_KEPT
