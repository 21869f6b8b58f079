from __future__ import annotations

import ast
import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigurationError, StoreUnavailableError
from tests.vespera_tui.noting import NotingEngine
from vespera_tui.actions import ACTIONS, READ_ONLY
from vespera_tui.app import VesperaApp
from vespera_tui.demo.pictures import look, still_app
from vespera_tui.keymap import RESERVED, remapped
from vespera_tui.late import LateAction
from widgets.dialogs import Menu
from widgets.help import Help
from widgets.key_bar import KeyBar
from widgets.service_card import ServiceCard

if TYPE_CHECKING:
    from pathlib import Path

    from tests.vespera_tui.conftest import Shown, Until

CHANGING = [action for action in ACTIONS if action.changes]


def test_every_action_has_an_id_and_a_key_of_its_own() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert len({action.key for action in ACTIONS}) == len(ACTIONS)
    assert not {action.key for action in ACTIONS} & set(RESERVED)
    assert all(action.title and action.help for action in ACTIONS)


def test_what_an_action_does_is_there() -> None:
    late = [action.run for action in ACTIONS if isinstance(action.run, LateAction)]
    assert late
    assert all(inspect.iscoroutinefunction(each.function()) for each in late)


def test_no_key_with_ctrl_changes_anything() -> None:
    assert not [action.id for action in CHANGING if "ctrl" in action.key]


def test_what_is_dangerous_has_an_upper_case_key() -> None:
    assert all(action.key.isupper() for action in ACTIONS if action.danger)


def test_the_keys_in_the_documents_are_those_of_the_table(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "README.md").read_text("utf-8")
    lines = list(page.split("### Keys")[1].split("## Ways in")[0].splitlines())
    cells = [line.split("|")[1] for line in lines if line.startswith("| `")]
    keys = [key for cell in cells for key in re.findall(r"`([^`]+)`", cell)]
    assert sorted(keys) == sorted(action.shown_key for action in ACTIONS)


def test_keys_of_ones_own() -> None:
    changed = {a.id: a.key for a in remapped(ACTIONS, {"retry": "f5", "help": "H", "save": "S"})}
    assert (changed["retry"], changed["help"], changed["save"]) == ("f5", "H", "S")
    swapped = {a.id: a.key for a in remapped(ACTIONS, {"retry": "X", "cancel": "R"})}
    assert (swapped["retry"], swapped["cancel"]) == ("X", "R")
    assert {a.id: a.key for a in remapped(ACTIONS, {"help": "="})}["help"] == "equals_sign"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"retry": "X"}, ("'retry'", "'cancel'", "'X'", "Cancel", "Retry")),
        ({"help": "f5", "quit": "f5"}, ("'help'", "'quit'", "f5")),
        ({"retri": "f5"}, ("no action 'retri'", "'retry'")),
        ({"retry": "tab"}, ("retry", "moves the focus")),
        ({"retry": "ctrl+p"}, ("retry", "opens the palette")),
        ({"retry": ""}, ("retry", "no key")),
        ({"retry": "nokey"}, ("retry", "'nokey' is no key")),
        ({"retry": "hyper+x"}, ("retry", "no key")),
        ({"retry": "shift+r"}, ("retry", "'shift+r'", "write 'R' instead")),
        ({"retry": "alt+shift+x"}, ("retry", "write 'alt+x' instead")),
        ({"retry": "Ctrl+I"}, ("retry", "same key as 'tab', and moves the focus")),
        ({"retry": "ctrl+["}, ("retry", "same key as 'escape', and leaves a question")),
        ({"retry": "ctrl+m"}, ("retry", "write 'enter' instead")),
        ({"retry": "ctrl+h"}, ("retry", "write 'backspace' instead")),
    ],
)
def test_keys_that_can_not_be_are_refused(keys: dict[str, str], words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        remapped(ACTIONS, keys)
    assert all(word in str(caught.value) for word in ("dashboard.keymap", *words))


@given(st.dictionaries(st.sampled_from([a.id for a in ACTIONS]), st.text(max_size=8), max_size=4))
def test_any_keymap_is_taken_without_a_clash_or_refused(keys: dict[str, str]) -> None:
    try:
        changed = remapped(ACTIONS, keys)
    except ConfigurationError:
        return
    assert len({action.key for action in changed}) == len(changed)


async def test_a_key_of_ones_own_does_it_and_is_shown(shown: Shown, until: Until) -> None:
    engine = NotingEngine()
    app = VesperaApp(engine.opener(), config_profile="development", keys={"disable": "f6"})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.focused, ServiceCard))
        assert "f6 Off" in shown(app)
        await pilot.press("d")
        await pilot.pause()
        assert not engine.calls
        await pilot.press("f6")
        await until(pilot, lambda: engine.calls)


@pytest.mark.parametrize("action", CHANGING, ids=lambda action: action.id)
async def test_read_only_refuses_every_change(action: Any, shown: Shown, until: Until) -> None:
    engine = NotingEngine()
    app = still_app(engine, read_only=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await look(pilot)
        await app.action_perform(action.id)
        await pilot.pause()
        assert action.unavailable(app) == READ_ONLY
        said = "this dashboard only looks"
        await until(pilot, lambda: said in " ".join(shown(app).split()))
        assert len(app.screen_stack) == 1
    assert not engine.calls


async def test_read_only_says_so_and_strikes_keys_through(shown: Shown) -> None:
    engine = NotingEngine()
    app = still_app(engine, read_only=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await look(pilot)
        await pilot.pause()
        assert "◂read-only▸" in shown(app)
        hints = {hint.action: hint for hint in app.screen.query_one(KeyBar).model}
        assert hints["disable"].unavailable == READ_ONLY
        assert not hints["help"].unavailable
        bar = app.screen.query_one(KeyBar).paint((hints["disable"],), 80, 1)[0]
        assert any("strike" in str(span.style) for span in bar.spans)


async def test_help_is_about_what_has_the_focus(shown: Shown, until: Until) -> None:
    engine = NotingEngine()
    app = still_app(engine)
    async with app.run_test(size=(120, 50)) as pilot:
        await look(pilot)
        await until(pilot, lambda: isinstance(app.focused, ServiceCard))
        await pilot.press("?")
        await until(pilot, lambda: isinstance(app.screen, Help))
        first = shown(app)
        assert "On this service" in first
        assert "On this alert" not in first
        await pilot.press("escape", *["tab"] * 4, "?")
        await until(pilot, lambda: "On this alert" in shown(app))


async def test_the_palette_has_every_action_with_its_key_and_id() -> None:
    engine = NotingEngine()
    app = still_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await look(pilot)
        found = {command.title: command.help for command in app.get_system_commands(app.screen)}
    for action in ACTIONS:
        assert found[f"{action.title} ({action.shown_key})"].endswith(f"; its id is {action.id}")


async def test_a_change_is_taken_back_and_only_once(shown: Shown, until: Until) -> None:
    engine = NotingEngine()
    app = still_app(engine)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await look(pilot)
        await until(pilot, lambda: isinstance(app.focused, ServiceCard))
        await pilot.press("d")
        await until(pilot, lambda: "(u: undo)" in shown(app))
        await pilot.press("u")
        await until(pilot, lambda: "is on again" in shown(app))
        await pilot.press("u")
        await until(pilot, lambda: "nothing to take back" in shown(app))
    switched = [given["enabled"] for name, given in engine.calls]
    assert switched == [False, True]


async def test_what_can_not_be_taken_back_now_can_be_later(until: Until) -> None:
    engine = NotingEngine()
    app: Any = still_app(engine)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await look(pilot)
        await until(pilot, lambda: isinstance(app.focused, ServiceCard))
        await pilot.press("d")
        await until(pilot, app.last_change)
        engine.errors["configure_background_service"] = StoreUnavailableError("sqlite", "locked")
        await pilot.press("u")
        words = "sqlite: locked (u: undo)"
        await until(pilot, lambda: words in [note.message for note in app._notifications])
        engine.errors.clear()
        await pilot.press("u")
        await until(pilot, lambda: len(engine.calls) == 2)
        assert app.last_change() is None
    assert [given["enabled"] for _, given in engine.calls] == [False, True]


async def test_all_services_are_paused_after_a_question_and_resumed(until: Until) -> None:
    engine = NotingEngine()
    app = still_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await look(pilot)
        await pilot.press("Z")
        await until(pilot, lambda: len(app.screen_stack) > 1)
        assert not engine.calls
        await pilot.press("y")
        await until(pilot, lambda: len(engine.calls) == 4)
        await until(pilot, lambda: all(each.status == "paused" for each in app.services))
        await pilot.press("Z")
        await until(pilot, lambda: len(engine.calls) == 8)
    assert [name for name, _ in engine.calls] == ["pause_service"] * 4 + ["resume_service"] * 4


async def test_a_picture_is_saved_where_it_was_started(tmp_path: Path, until: Until) -> None:
    engine = NotingEngine()
    app = still_app(engine, saves_to=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await look(pilot)
        await pilot.press("s")
        await until(pilot, lambda: list(tmp_path.glob("vespera-overview-*.svg")))
        await pilot.press("s")
        await until(pilot, lambda: len(list(tmp_path.iterdir())) == 2)
    assert all("Embedding" in path.read_text("utf-8") for path in tmp_path.glob("*"))  # noqa: ASYNC240 - a test waits for nothing else


async def test_a_folder_that_can_not_be_written_is_told(
    tmp_path: Path, shown: Shown, until: Until
) -> None:
    engine = NotingEngine()
    app = still_app(engine, saves_to=tmp_path / "gone")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await look(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "No such file" in shown(app))
        assert app.action_errors == 0


async def test_what_is_under_the_cursor_is_copied(until: Until) -> None:
    engine = NotingEngine()
    app = still_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await look(pilot)
        await until(pilot, lambda: isinstance(app.focused, ServiceCard))
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard)
        assert app.clipboard == "auto_embedding running"


async def test_nothing_that_is_copied_is_obeyed_where_it_is_pasted() -> None:
    app = still_app(NotingEngine())
    async with app.run_test():
        app.copy("rm\x1b]0;x\x07\r\u202e\nnext line")
    assert app.clipboard.split("\n")[1] == "next line"
    assert not {"\x1b", "\x07", "\r", "\u202e"} & {*app.clipboard}


async def test_the_same_profile_again_changes_nothing(until: Until) -> None:
    engine = NotingEngine()
    app = still_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await look(pilot)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await pilot.press("enter")
        await until(pilot, lambda: not list(app.workers))
    assert not engine.calls


OWN = {"longer": "f6", "shorter": "f7", "triggers": "f8", "help": "f9", "import": "f10"}


async def test_hints_in_the_middle_of_a_screen_name_the_keys_of_ones_own(
    shown: Shown, until: Until
) -> None:
    engine = NotingEngine()
    await engine.empty()
    app = still_app(engine, keys=OWN)
    async with app.run_test(size=(120, 40)) as pilot:
        await look(pilot)
        await until(pilot, lambda: "f7 f6 span" in shown(app))
        await pilot.press("2")
        await until(pilot, lambda: "run a job with f8" in shown(app))


async def test_help_is_left_by_the_key_that_opened_it(until: Until) -> None:
    engine = NotingEngine()
    app = still_app(engine, keys=OWN)
    async with app.run_test(size=(80, 24)) as pilot:
        await look(pilot)
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, Help))
        await pilot.press("f9")
        await until(pilot, lambda: len(app.screen_stack) == 1)


HINT = re.compile(r"\b[Pp]ress(?:es)? (\S+)|\b([A-Za-z]) (?:deletes|undoes|cuts|opens)\b|[<>] span")


def test_no_hint_names_the_key_of_an_action_by_hand(pytestconfig: pytest.Config) -> None:
    found = [
        f"{path.name}: {node.value!r}"
        for folder in ("vespera_tui", "widgets")
        for path in (pytestconfig.rootpath / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
        for match in [HINT.search(node.value)]
        if match and not node.value.endswith(".")  # a docstring
    ]
    assert not found
