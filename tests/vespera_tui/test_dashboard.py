from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import DataDirectoryInUseError, QueueFullError, StoreUnavailableError
from engine.operation_views import OperationsQuery
from engine.operations import (
    Failed,
    NewOperation,
    OperationFilter,
    ServicePriority,
    Steering,
)
from engine.snapshots import StoreParity
from tests.vespera_tui.noting import NotingEngine, dashboard
from tests.vespera_tui.waiting import shown, until
from vespera_tui.app import VesperaApp
from vespera_tui.console import ACTOR
from vespera_tui.demo import FixedClock
from vespera_tui.demo.clock import NOW
from vespera_tui.demo.pictures import still_app
from vespera_tui.key_presses import KeyPresses
from widgets.alert_list import AlertList
from widgets.dialogs import Confirm, Menu
from widgets.operation_list import OperationList

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from tests.conftest import FakeClock


def words(app: Any) -> str:
    """What the toasts say, and what is shown, in one line."""
    told = " ".join(note.message for note in app._notifications)
    return f"{told} {' '.join(shown(app).split())}"


async def test_each_step_of_the_opening_is_shown_before_there_is_an_engine() -> None:
    engine, held = NotingEngine(), asyncio.Event()

    @asynccontextmanager
    async def slow(*, on_step: Callable[[str], None]) -> AsyncIterator[NotingEngine]:
        async with engine.opener()(on_step=on_step) as opened:
            await held.wait()
            yield opened

    app = VesperaApp(slow, config_profile="development", clock=FixedClock())
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: "starting the services" in shown(app))
        assert "opening tasks.db" in shown(app)
        assert "starting  profile development" in shown(app)
        await pilot.press("e")
        await until(pilot, lambda: "the engine is not open" in shown(app))
        held.set()
        await until(pilot, lambda: "running  profile development" in shown(app))
    assert engine.was_left
    assert not engine.calls


async def test_a_failed_opening_shows_the_error_and_what_to_do() -> None:
    engine = NotingEngine()
    app = still_app(engine, DataDirectoryInUseError("/data [/x]\x1b is used by process 12"))
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
    app = still_app(NotingEngine(), RuntimeError("boom"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "RuntimeError: boom" in shown(app))
    assert any(record.exc_info for record in caplog.records)


async def test_e_and_d_switch_the_service_under_the_cursor() -> None:
    engine = NotingEngine()
    async with dashboard(engine) as pilot:
        await pilot.press("right", "d")
        await until(pilot, lambda: "Cycles ○ disabled" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
        await pilot.press("e")
        await until(pilot, lambda: "Cycles ● running" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
    asked = {"service": "cycle_detection", "actor": ACTOR}
    assert engine.calls == [
        ("configure_background_service", {**asked, "enabled": False}),
        ("configure_background_service", {**asked, "enabled": True}),
    ]


async def test_the_trigger_menu_schedules_with_high_priority() -> None:
    engine = NotingEngine()
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
    engine = NotingEngine()
    async with dashboard(engine) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press(answer)
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        await until(pilot, lambda: not list(pilot.app.workers))
    expected = [("rebuild", {"projection": "graph", "actor": ACTOR})]
    assert engine.calls == (expected if called else [])


async def test_the_profile_is_changed_and_shown() -> None:
    engine = NotingEngine()
    async with dashboard(engine) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "profile production" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
    assert engine.calls == [("set_profile", {"profile": "production", "actor": ACTOR})]


async def press_on(pilot: Pilot[None], engine: NotingEngine, number: int, *keys: str) -> None:
    """Press ``keys`` on the operation ``number``, on the screen of operations."""
    await pilot.press("2")
    await until(pilot, lambda: isinstance(pilot.app.focused, OperationList))
    listed = (await engine.operations_page(OperationsQuery())).rows
    at = next(index for index, each in enumerate(listed) if each.id == number)
    await pilot.press(*["down"] * at, *keys)


RUNNING, FAILED, DUE, DUE_CRITICAL, LATER, LATER_HIGH, LATER_LOW, HELD = range(1, 9)


async def few() -> NotingEngine:
    """A demonstration with one operation of each sort, and no more."""
    engine, service = NotingEngine(), "auto_embedding"
    await engine.empty()

    def new(**options: Any) -> NewOperation:
        return NewOperation(service, "embed_task", **options)

    await engine.queue.enqueue([new(), new()])
    _, failing = await engine.queue.claim(service, 2)
    await engine.queue.settle([(failing, Failed("ValueError: broken", permanent=True))])
    critical, high, low = ServicePriority.CRITICAL, ServicePriority.HIGH, ServicePriority.LOW
    wanted = [
        new(),
        new(priority=critical, deadline=NOW - 35),
        new(delay=60.0),
        new(delay=70.0, priority=high, deadline=NOW + 600),
        new(delay=80.0, priority=low),
        new(delay=90.0),
    ]
    await engine.queue.enqueue(wanted)
    await engine.queue.steer(Steering.PAUSE, OperationFilter(ids=(HELD,)))
    return engine


@pytest.mark.parametrize(
    ("number", "key", "asked", "said"),
    [
        (FAILED, "R", [(Steering.RETRY, None)], "is queued again"),
        (DUE, "R", [(Steering.RETRY, None)], "failed ones can be retried"),
        (LATER, "n", [(Steering.RUN_NOW, None)], "is due now"),
        (DUE, "n", [(Steering.RUN_NOW, None)], "only scheduled ones"),
        (DUE, "h", [(Steering.PAUSE, None)], "is paused until"),
        (LATER, "h", [(Steering.PAUSE, None)], "is paused until"),
        (HELD, "h", [(Steering.PAUSE, None), (Steering.RESUME, None)], "waits its turn again"),
        (RUNNING, "h", [(Steering.PAUSE, None), (Steering.RESUME, None)], "only waiting ones"),
        (DUE, "+", [(Steering.PRIORITIZE, ServicePriority.HIGH)], "priority high"),
        (DUE, "-", [(Steering.PRIORITIZE, ServicePriority.LOW)], "priority low"),
        (DUE_CRITICAL, "+", [], "the highest priority there is"),
        (LATER_LOW, "-", [], "the lowest priority there is"),
    ],
)
async def test_the_operation_under_the_cursor_is_steered(
    number: int, key: str, asked: list[object], said: str
) -> None:
    engine = await few()
    async with dashboard(engine, (120, 40)) as pilot:
        await press_on(pilot, engine, number, key)
        await until(pilot, lambda: said in words(pilot.app))
    assert {name for name, _ in engine.calls} <= {"steer_operations"}
    assert all(given["which"].ids == (number,) for _, given in engine.calls)
    assert [(given["how"], given["priority"]) for _, given in engine.calls] == asked


async def test_cancelling_asks_first() -> None:
    engine = await few()
    async with dashboard(engine) as pilot:
        await press_on(pilot, engine, DUE, "X")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert not engine.calls
        await pilot.press("y")
        await until(pilot, lambda: engine.calls)
    assert engine.calls[0][1]["how"] is Steering.CANCEL


async def test_a_late_operation_says_so_in_words_and_sign() -> None:
    async with dashboard(await few(), (120, 40)) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.focused, OperationList))
        await until(pilot, lambda: "late by" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
        lines = shown(pilot.app).splitlines()  # type: ignore[arg-type]  # always a VesperaApp
    late = next(line for line in lines if "▲ late by 35s" in line)
    assert "⇑ critical" in late
    assert any("10m left" in line and "↑ high" in line and "▲" not in line for line in lines)


async def test_a_service_is_paused_and_resumed_with_the_same_key() -> None:
    engine = NotingEngine()
    async with dashboard(engine) as pilot:
        await pilot.press("right", "z")
        await until(pilot, lambda: "Cycles ‖ paused" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
        await pilot.press("z")
        await until(pilot, lambda: "Cycles ● running" in shown(pilot.app))  # type: ignore[arg-type]  # always a VesperaApp
    asked = {"service": "cycle_detection", "actor": ACTOR}
    assert engine.calls == [("pause_service", asked), ("resume_service", asked)]


async def test_the_alert_under_the_cursor_is_acknowledged() -> None:
    engine = NotingEngine()
    async with dashboard(engine, (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press("A")
        await until(pilot, lambda: "no alert is under the cursor" in words(app))
        await pilot.press(*["tab"] * len(app.services))
        assert isinstance(app.focused, AlertList)
        await pilot.press("A")
        await until(pilot, lambda: f"see screen 3 ✓ {ACTOR} 15m" in " ".join(shown(app).split()))
        await pilot.press("A")
        await until(pilot, lambda: "already acknowledged" in words(app))
        await pilot.press("u")
        await until(pilot, lambda: "nobody has taken note any more" in words(app))
        await until(pilot, lambda: f"✓ {ACTOR}" not in shown(app))
    expected = {"alert_id": "cycles", "taken_back": False, "actor": ACTOR}
    back = {**expected, "taken_back": True}
    assert engine.calls == [("acknowledge_alert", expected), ("acknowledge_alert", back)]


async def test_an_acknowledgement_of_an_alert_that_is_over_says_that_it_is_too_late() -> None:
    async def gone(alert_id: str, *, taken_back: bool = False, actor: str = "") -> bool:
        return not taken_back

    engine: Any = NotingEngine()
    engine.acknowledge_alert = gone
    async with dashboard(engine, (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press(*["tab"] * len(app.services), "A", "u")
        await until(pilot, lambda: "too late to take that back" in words(app))


async def test_muting_is_taken_back_both_ways() -> None:
    async with dashboard(NotingEngine(), (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press(*["tab"] * len(app.services), "m")
        await until(pilot, lambda: "rings no more" in words(app))
        await pilot.press("u")
        await until(pilot, lambda: "rings again" in words(app))
        assert not app.selected_alert.muted
        await pilot.press("m", "m", "u")
        await until(pilot, lambda: app.selected_alert.muted)


async def test_the_keys_shown_are_those_of_what_has_the_focus() -> None:
    async with dashboard(NotingEngine()) as pilot:
        for keys, there, away in (
            ((), "z Pause", "R Retry"),
            (("tab",) * 4, "A Acknowledge", "z Pause"),
            (("tab",), "R Retry D Discard X Cancel n Now h Hold + Raise - Lower", "A Ack"),
        ):
            await pilot.press(*keys)
            await pilot.pause()
            bar = shown(pilot.app).splitlines()[-1]  # type: ignore[arg-type]  # always a VesperaApp
            assert there in bar
            assert away not in bar
            assert "? Help q Quit" in bar


async def test_keys_are_told_to_the_engine_once_a_second(clock: FakeClock) -> None:
    engine, presses = NotingEngine(), KeyPresses(clock)
    for seconds, told in ((0.0, 1), (0.5, 1), (0.6, 2)):
        clock.advance(seconds)
        presses.pressed(None)  # no engine, no harm
        presses.pressed(engine)
        presses.pressed(engine)
        await asyncio.sleep(0)
        assert engine.asked["typed"] == told


async def test_an_engine_that_can_not_be_told_of_keys_is_counted(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    engine = NotingEngine(errors={"typed": StoreUnavailableError("engine", "gone")})
    presses = KeyPresses(clock)
    presses.pressed(engine)
    await asyncio.sleep(0)
    assert presses.failures == 1
    assert "gone" in caplog.text


async def test_a_key_press_reaches_the_engine() -> None:
    engine = NotingEngine()
    async with dashboard(engine) as pilot:
        assert engine.asked["typed"] == 0
        await pilot.press("right", "left")
        await until(pilot, lambda: engine.asked["typed"])
    assert engine.asked["typed"] == 1  # no time passes


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_leaves_the_engine(key: str) -> None:
    engine = NotingEngine()
    async with dashboard(engine) as pilot:
        assert engine.is_open
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.return_code is not None)
        assert engine.was_left
    assert pilot.app.return_code == 0


async def test_a_click_on_a_key_does_what_the_key_does() -> None:
    engine = NotingEngine()
    async with dashboard(engine) as pilot:
        at = shown(pilot.app).splitlines()[-1].index("Off")  # type: ignore[arg-type]  # always a VesperaApp
        await pilot.click(offset=(at, 23))
        await until(pilot, lambda: engine.calls)
    assert engine.calls[0][1]["enabled"] is False


async def test_an_unexpected_error_is_logged_counted_and_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = NotingEngine(errors={"configure_background_service": RuntimeError("boom [/x]\x1b")})
    async with dashboard(engine, (120, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press("d")
        await until(pilot, lambda: "(unexpected" in shown(app))
        assert "boom [/x]␛" in shown(app)
        assert app.action_errors == 1
    assert any("disable" in each.getMessage() and each.exc_info for each in caplog.records)


async def test_a_refusal_of_the_engine_is_shown_and_is_no_defect() -> None:
    engine = NotingEngine(errors={"schedule_operation": QueueFullError("the queue is full")})
    async with dashboard(engine) as pilot:
        app: Any = pilot.app
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await pilot.press("enter")
        await until(pilot, lambda: "the queue is full" in shown(app))
        assert app.action_errors == 0


async def test_numbers_that_cannot_be_read_are_called_old_until_they_can() -> None:
    engine = NotingEngine()
    async with dashboard(engine) as pilot:
        app: Any = pilot.app
        engine.errors["status"] = StoreUnavailableError("sqlite", "disk full")
        await app.session.feed.poll()
        await until(pilot, lambda: "not up to date for 0s: sqlite: disk full" in shown(app))
        assert "/812" in shown(app)
        engine.errors.clear()
        await app.session.feed.poll()
        await until(pilot, lambda: "not up to date" not in shown(app))


async def test_parity_that_was_never_read_is_not_called_in_step() -> None:
    engine = NotingEngine()
    engine.told = lambda status: replace(status, parity=StoreParity())
    async with dashboard(engine) as pilot:
        screen = shown(pilot.app)  # type: ignore[arg-type]  # always a VesperaApp
    assert "not read yet" in screen
    assert "in step" not in screen
