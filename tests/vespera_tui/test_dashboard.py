from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import DataDirectoryInUseError, QueueFullError, StoreUnavailableError
from engine.operations import ServicePriority
from engine.snapshots import StoreParity
from vespera_tui.app import VesperaApp
from vespera_tui.picture import draw, play, scripted_app
from vespera_tui.scripted import FixedClock, ScriptedEngine
from widgets.dialogs import Confirm, Menu
from widgets.operation_list import OperationList
from widgets.service_card import ServiceCard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot


def shown(app: VesperaApp) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    for _ in range(200):
        if condition():
            return
        await pilot.pause()
    pytest.fail(f"this did not come true; the screen is\n{shown(pilot.app)}")  # type: ignore[arg-type]  # always a VesperaApp


@asynccontextmanager
async def dashboard(
    engine: ScriptedEngine, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Pilot[None]]:
    app = scripted_app(engine)
    async with app.run_test(size=size, notifications=True) as pilot:
        await play(pilot, engine, polls=3)
        await until(pilot, lambda: isinstance(app.focused, ServiceCard))
        yield pilot


async def test_each_step_of_the_opening_is_shown_before_there_is_an_engine() -> None:
    engine, held = ScriptedEngine(), asyncio.Event()

    @asynccontextmanager
    async def slow(*, on_step: Callable[[str], None]) -> AsyncIterator[ScriptedEngine]:
        async with engine.opener()(on_step=on_step) as opened:
            await held.wait()
            yield opened

    app = VesperaApp(slow, config_profile="development", clock=FixedClock())
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: "starting four services" in shown(app))
        assert "opening tasks.db" in shown(app)
        assert "starting  profile development" in shown(app)
        await pilot.press("e")
        await until(pilot, lambda: "the engine is not open" in shown(app))
        held.set()
        await until(pilot, lambda: "running  profile development" in shown(app))
    assert engine.was_left
    assert not engine.calls


async def test_a_failed_opening_shows_the_error_and_what_to_do() -> None:
    engine = ScriptedEngine()
    app = scripted_app(engine, DataDirectoryInUseError("/data [/x]\x1b is used by process 12"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "could not be opened" in shown(app))
        assert "/data [/x]␛ is used by process 12" in shown(app)
        assert "--data-dir" in shown(app)
        await pilot.press("q")
        await until(pilot, lambda: app.return_code is not None)
    assert app.return_code == 1


async def test_a_defect_in_the_opening_is_logged_and_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = scripted_app(ScriptedEngine(), RuntimeError("boom"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "RuntimeError: boom" in shown(app))
    assert any(record.exc_info for record in caplog.records)


async def test_e_and_d_switch_the_service_under_the_cursor() -> None:
    engine = ScriptedEngine()
    async with dashboard(engine) as pilot:
        await pilot.press("right", "d")
        await until(pilot, lambda: "Cycles ○ disabled" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
        await pilot.press("e")
        await until(pilot, lambda: "Cycles ● running" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
    asked = {"service": "cycle_detection", "actor": "dashboard"}
    assert engine.calls == [
        ("configure_background_service", {**asked, "enabled": False}),
        ("configure_background_service", {**asked, "enabled": True}),
    ]


async def test_the_trigger_menu_schedules_with_high_priority() -> None:
    engine = ScriptedEngine()
    async with dashboard(engine) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("enter")
        await until(pilot, lambda: engine.calls)
    name, asked = engine.calls[0]
    assert name == "schedule_operation"
    assert asked["priority"] is ServicePriority.HIGH
    assert (asked["service"], asked["kind"]) == ("auto_embedding", "batch_embed")


@pytest.mark.parametrize(("answer", "called"), [("n", False), ("enter", False), ("y", True)])
async def test_rebuilding_asks_first(answer: str, called: bool) -> None:
    engine = ScriptedEngine()
    async with dashboard(engine) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press(answer)
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        await until(pilot, lambda: not list(pilot.app.workers))
    expected = [("rebuild", {"projection": "graph", "actor": "dashboard"})]
    assert engine.calls == (expected if called else [])


async def test_the_profile_is_changed_and_shown() -> None:
    engine = ScriptedEngine()
    async with dashboard(engine) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "profile production" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
    assert engine.calls == [("set_profile", {"profile": "production", "actor": "dashboard"})]


async def test_an_operation_is_retried_from_the_list() -> None:
    engine = ScriptedEngine()
    async with dashboard(engine) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.focused, OperationList))
        failed = next(index for index, each in enumerate(engine.queue) if each.state == "failed")
        await pilot.press(*["down"] * failed, "R")
        await until(pilot, lambda: engine.calls)
        number = engine.queue[failed].id
        await until(pilot, lambda: f"{number} is queued again" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
    assert engine.calls == [("retry_operation", {"operation_id": number, "actor": "dashboard"})]


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_leaves_the_engine(key: str) -> None:
    engine = ScriptedEngine()
    async with dashboard(engine) as pilot:
        assert engine.is_open
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.return_code is not None)
        assert engine.was_left
    assert pilot.app.return_code == 0


async def test_a_click_on_a_key_does_what_the_key_does() -> None:
    engine = ScriptedEngine()
    async with dashboard(engine) as pilot:
        at = shown(pilot.app).splitlines()[-1].index("Off")  # type: ignore[arg-type]  # always a VesperaApp
        await pilot.click(offset=(at, 23))
        await until(pilot, lambda: engine.calls)
    assert engine.calls[0][1]["enabled"] is False


async def test_an_unexpected_error_is_logged_counted_and_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = ScriptedEngine(errors={"configure_background_service": RuntimeError("boom [/x]\x1b")})
    async with dashboard(engine, (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press("d")
        await until(pilot, lambda: "(unexpected" in shown(app))
        assert "boom [/x]␛" in shown(app)
        assert app.action_errors == 1
    assert any("disable" in each.getMessage() and each.exc_info for each in caplog.records)


async def test_a_refusal_of_the_engine_is_shown_and_is_no_defect() -> None:
    engine = ScriptedEngine(errors={"schedule_operation": QueueFullError("the queue is full")})
    async with dashboard(engine) as pilot:
        app: Any = pilot.app
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await pilot.press("enter")
        await until(pilot, lambda: "the queue is full" in shown(app))
        assert app.action_errors == 0


async def test_numbers_that_cannot_be_read_are_called_old_until_they_can() -> None:
    engine = ScriptedEngine()
    async with dashboard(engine) as pilot:
        app: Any = pilot.app
        engine.errors["status"] = StoreUnavailableError("sqlite", "disk full")
        await app.session.feed.poll()
        await until(pilot, lambda: "not up to date: sqlite: disk full" in shown(app))
        assert "812/812" in shown(app)
        engine.errors.clear()
        await app.session.feed.poll()
        await until(pilot, lambda: "not up to date" not in shown(app))


async def test_parity_that_was_never_read_is_not_called_in_step() -> None:
    engine = ScriptedEngine()
    engine.current = replace(engine.current, parity=StoreParity())
    async with dashboard(engine) as pilot:
        screen = shown(pilot.app)  # type: ignore[arg-type]  # always a VesperaApp
    assert "not read yet" in screen
    assert "in step" not in screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_the_overview_looks_as_before(snap_compare: Any, size: tuple[int, int]) -> None:
    engine = ScriptedEngine()

    async def settled(pilot: Pilot[None]) -> None:
        await play(pilot, engine)

    assert snap_compare(scripted_app(engine), terminal_size=size, run_before=settled)


async def test_the_picture_is_the_same_each_time_and_fetches_nothing() -> None:
    drawing = await draw()
    assert drawing == await draw()
    assert "url(http" not in drawing.replace('"', "")
    assert "Embedding" in drawing


def test_the_picture_in_the_documents_is_up_to_date(pytestconfig: pytest.Config) -> None:
    path: Path = pytestconfig.rootpath / "docs" / "overview.svg"
    assert path.read_text("utf-8") == asyncio.run(draw())
