"""Keys that come faster than what they do: over a slow line, pasted, or typed by heart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.command import CommandInput
from textual.keys import _character_to_key
from textual.widgets import Input

from tests.vespera_tui.noting import NotingEngine
from vespera_tui import key_queue
from vespera_tui.app import VesperaApp
from vespera_tui.demo import FixedClock
from widgets.dialogs import Confirm, Menu, Prompt
from widgets.filter_line import FilterLine
from widgets.help import Help
from widgets.task_form import TaskForm

if TYPE_CHECKING:
    from tests.vespera_tui.conftest import Until


NAMES = {"\r": "enter", "\x1b": "escape", "\t": "tab", "↓": "down", "\x10": "ctrl+p"}


def type_at_once(app: VesperaApp, text: str) -> None:
    for character in text:
        key = NAMES.get(character) or _character_to_key(character)
        app.post_message(events.Key(key, character if key not in NAMES.values() else None))


def told(app: VesperaApp) -> str:
    return "\n".join(note.message for note in app._notifications)


async def settled(pilot: Any, app: VesperaApp, until: Until) -> None:
    """Until no key waits or is under way."""
    await until(pilot, lambda: app.keys.idle)
    for _ in range(5):
        await pilot.pause()


async def go_to(pilot: Any, app: VesperaApp, until: Until, key: str) -> None:
    """The screen of ``key``, with something under the cursor."""
    await until(pilot, lambda: app.services)
    type_at_once(app, key)
    await until(pilot, lambda: app.here.copies)


@pytest.fixture
def engine() -> NotingEngine:
    return NotingEngine(FixedClock())


@pytest.fixture
def app(engine: NotingEngine) -> VesperaApp:
    return VesperaApp(engine.opener(), config_profile="development", clock=FixedClock())


@pytest.mark.parametrize("screen", ["2", "4", "5", "7", "8"])
async def test_what_is_typed_after_the_slash_goes_into_the_filter(
    app: VesperaApp, engine: NotingEngine, until: Until, screen: str
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        type_at_once(app, f"{screen}/dazed")
        typed: Any = None

        def filtered() -> bool:
            nonlocal typed
            found = app.here.query(FilterLine)
            typed = found.first().query_one("Input") if found else None
            return typed is not None and typed.value == "dazed"

        await until(pilot, filtered)
    assert not engine.calls


async def test_a_yes_behind_the_key_of_a_question_about_what_is_shown_answers_it(
    app: VesperaApp, engine: NotingEngine, until: Until
) -> None:
    async with app.run_test() as pilot:
        await go_to(pilot, app, until, "3")
        type_at_once(app, "Cy")
        await until(pilot, lambda: engine.calls)
        assert engine.calls[0][0] == "apply_cut"
        await settled(pilot, app, until)
        assert app.clipboard == ""


async def test_keys_behind_the_key_of_a_menu_choose_in_it(
    app: VesperaApp, engine: NotingEngine, until: Until
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        type_at_once(app, "t↓\r2")
        await until(pilot, lambda: app.here.place == "operations")
        assert [call[1]["kind"] for call in engine.calls] == ["full_cycle_check"]
        assert len(app.screen_stack) == 1


@pytest.mark.parametrize("keys", ["t\r\r", "t\x1b\x1b", "??", "Znn", "p\x1b\r"])
async def test_more_keys_than_a_question_needs_break_nothing(
    app: VesperaApp, until: Until, keys: str
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        type_at_once(app, keys)
        await settled(pilot, app, until)
        type_at_once(app, "\x1b\x1b2")
        await until(pilot, lambda: app.here.place == "operations")
    assert app.crash is None


async def test_a_question_after_a_menu_is_waited_for_too(
    app: VesperaApp, engine: NotingEngine, until: Until
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        type_at_once(app, "t↓↓↓↓\rn2")
        await until(pilot, lambda: app.here.place == "operations")
        assert engine.calls == []
        assert engine.asked["rebuild"] == 0
        assert len(app.screen_stack) == 1


async def test_text_behind_the_key_of_a_form_goes_into_it(app: VesperaApp, until: Until) -> None:
    async with app.run_test() as pilot:
        await go_to(pilot, app, until, "5")
        type_at_once(app, "cquoted 2")
        await until(pilot, lambda: isinstance(app.screen, TaskForm))
        await settled(pilot, app, until)
        assert app.screen.query(Input).first().value == "quoted 2"


async def test_text_behind_the_key_of_a_line_and_a_key_behind_its_end(
    app: VesperaApp, until: Until
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        type_at_once(app, "I\rdazed")
        await until(pilot, lambda: isinstance(app.screen, Prompt))
        await settled(pilot, app, until)
        assert app.screen.query_one(Input).value == "dazed"
        type_at_once(app, "\x1b2")
        await until(pilot, lambda: app.here.place == "operations")
        assert len(app.screen_stack) == 1


async def test_what_is_pasted_waits_its_turn(app: VesperaApp, until: Until) -> None:
    async with app.run_test() as pilot:
        await go_to(pilot, app, until, "5")
        type_at_once(app, "c")
        app.post_message(events.Paste("dazed"))
        type_at_once(app, "!")
        await until(pilot, lambda: isinstance(app.screen, TaskForm))
        await settled(pilot, app, until)
        assert app.screen.query(Input).first().value == "dazed!"


async def test_text_behind_the_key_of_the_palette_goes_into_it(
    app: VesperaApp, until: Until
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        type_at_once(app, "\x10dazed")
        await until(
            pilot,
            lambda: (found := app.screen.query(CommandInput)) and found.first().value == "dazed",
        )


async def test_the_help_is_closed_and_what_follows_is_done(app: VesperaApp, until: Until) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        type_at_once(app, "??4?")
        await until(pilot, lambda: isinstance(app.screen, Help) and app.here.place == "errors")


async def test_a_key_is_done_with_where_it_was_pressed(
    app: VesperaApp, engine: NotingEngine, until: Until
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.selected_service)
        service = app.selected_service
        assert service is not None
        type_at_once(app, "d2")
        await until(pilot, lambda: app.here.place == "operations")
        await until(pilot, lambda: engine.calls)
        assert [call[1]["service"] for call in engine.calls] == [service.name]


async def test_a_yes_that_is_older_than_what_it_would_touch_is_refused(
    app: VesperaApp, engine: NotingEngine, until: Until
) -> None:
    async with app.run_test() as pilot:
        await go_to(pilot, app, until, "2")
        type_at_once(app, "*Xy")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await until(pilot, lambda: "typed before this question" in told(app))
        await settled(pilot, app, until)
        assert isinstance(app.screen, Confirm)
        assert engine.calls == []
        type_at_once(app, "y")
        await until(pilot, lambda: engine.calls)


async def test_a_no_may_be_older_than_the_question(
    app: VesperaApp, engine: NotingEngine, until: Until
) -> None:
    async with app.run_test() as pilot:
        await go_to(pilot, app, until, "2")
        type_at_once(app, "*Xn3")
        await until(pilot, lambda: app.here.place == "cycles")
        assert engine.calls == []


@pytest.mark.parametrize(("place", "keys"), [("6", "Cy"), ("2", "Uy"), ("4", "cy")])
async def test_what_was_typed_behind_a_question_that_does_not_come_is_dropped_and_told(
    app: VesperaApp, engine: NotingEngine, until: Until, place: str, keys: str
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        type_at_once(app, place)
        await settled(pilot, app, until)
        type_at_once(app, keys)
        await until(pilot, lambda: "typed ahead and not done: y" in told(app))
        await settled(pilot, app, until)
        assert (app.clipboard, engine.calls) == ("", [])
        type_at_once(app, "3")
        await until(pilot, lambda: app.here.place == "cycles")


async def test_keys_do_not_wait_for_ever_for_a_question(
    app: VesperaApp, engine: NotingEngine, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, asked = asyncio.Event(), engine.preview_steering

    async def slow(*given: Any, **more: Any) -> Any:
        await answer.wait()
        return await asked(*given, **more)

    monkeypatch.setattr(key_queue, "LONGEST_HOLD", 0.05)
    async with app.run_test() as pilot:
        await go_to(pilot, app, until, "2")
        monkeypatch.setattr(engine, "preview_steering", slow)
        type_at_once(app, "*Xy3")
        await until(pilot, lambda: "typed ahead and not done: y, 3" in told(app))
        assert app.here.place == "operations"
        type_at_once(app, "1")
        await until(pilot, lambda: app.here.place == "overview")
        answer.set()
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        assert engine.calls == []


async def test_quitting_waits_for_nothing(
    app: VesperaApp, engine: NotingEngine, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    async with app.run_test() as pilot:
        await go_to(pilot, app, until, "2")
        monkeypatch.setattr(engine, "preview_steering", never)
        type_at_once(app, "*X")
        await until(pilot, lambda: app.keys.holds)
        app.post_message(events.Key("ctrl+q", None))
        await until(pilot, lambda: not app.is_running)


async def test_a_menu_that_is_there_takes_keys_as_they_come(app: VesperaApp, until: Until) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.keys.idle


async def test_no_key_waits_for_what_is_done_after_the_answer(
    app: VesperaApp, engine: NotingEngine, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: Any, **__: Any) -> Any:
        begun.set()
        await go_on.wait()

    monkeypatch.setattr(key_queue, "LONGEST_HOLD", 600)
    async with app.run_test() as pilot:
        await go_to(pilot, app, until, "3")
        monkeypatch.setattr(engine, "apply_cut", slow)
        type_at_once(app, "Cy2")
        await until(pilot, begun.is_set)
        await until(pilot, lambda: app.here.place == "operations")
        type_at_once(app, "4")
        await until(pilot, lambda: app.here.place == "errors")
        go_on.set()
