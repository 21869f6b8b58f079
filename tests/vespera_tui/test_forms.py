"""A form and a picker keep what was typed, whatever becomes of saving and searching."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.command import CommandPalette

from tests.vespera_tui.noting import NotingEngine, dashboard
from tests.vespera_tui.waiting import shown, until
from vespera_tui.demo.pictures import look
from widgets.picker import Picker
from widgets.task_form import TaskForm

if TYPE_CHECKING:
    import pytest


BOOM = ValueError("boom [/x]\x1b")


async def test_an_unexpected_error_of_saving_is_shown_in_the_form_logged_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = NotingEngine(errors={"create_task": BOOM})
    async with dashboard(engine, (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press("5", "c")
        await until(pilot, lambda: isinstance(app.screen, TaskForm))
        await pilot.press("T", "ctrl+s")
        await until(pilot, lambda: "ValueError: boom [/x]␛ (unexpected; see the log)" in shown(app))
        assert app.action_errors == 1
        del engine.errors["create_task"]
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.here)
    assert [call["draft"].title for name, call in engine.calls if name == "create_task"] == ["T"]
    assert any(each.exc_info and each.exc_info[1] is BOOM for each in caplog.records)


async def test_an_unexpected_error_of_searching_is_shown_in_the_picker_logged_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = NotingEngine(errors={"search": BOOM})
    async with dashboard(engine, (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press("5")
        await look(pilot)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("t")
        await until(pilot, lambda: "ValueError: boom [/x]␛ (unexpected; see the log)" in shown(app))
        assert app.action_errors == 1
        del engine.errors["search"]
        await pilot.press("e")
        await until(pilot, lambda: "enter chooses" in shown(app) or "nothing fits" in shown(app))
    assert any(each.exc_info and each.exc_info[1] is BOOM for each in caplog.records)


async def test_a_form_saved_under_the_palette_closes_when_that_is_gone() -> None:
    engine, stored = NotingEngine(), asyncio.Event()
    engine.held["create_task"] = stored
    async with dashboard(engine, (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press("5", "c")
        await until(pilot, lambda: isinstance(app.screen, TaskForm))
        await pilot.press("T", "ctrl+s", "ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        stored.set()
        await until(pilot, lambda: engine.calls)
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.here)
        await until(pilot, lambda: "is created" in shown(app))
    assert len(engine.calls) == 1
