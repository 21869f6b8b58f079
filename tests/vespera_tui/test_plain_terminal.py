"""Terminals that show ASCII alone, or that ask for stillness or no colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.widgets import Input, TextArea

from engine.service_config import ServiceConfiguration
from tests.vespera_tui.noting import NotingEngine
from vespera_tui import running
from vespera_tui.demo.pictures import look, still_app
from vespera_tui.first_look import FirstLook
from vespera_tui.opening import LateConfiguration
from vespera_tui.places import PLACES
from vespera_tui.terminal import ascii_alone, stands_still
from widgets.ascii_filter import AsciiFilter
from widgets.cycle_picture.widget import CyclePicture
from widgets.help import Help
from widgets.task_form import TaskForm

if TYPE_CHECKING:
    from pathlib import Path

    from tests.vespera_tui.conftest import Shown, Until


@pytest.mark.parametrize(
    ("environ", "plain"),
    [
        ({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, False),
        ({"TERM": "xterm-256color", "LANG": "C.utf8"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm", "LC_ALL": "C", "LANG": "de_DE.UTF-8"}, True),
        ({"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}, True),
        ({"TERM": "xterm", "LC_ALL": "", "LC_CTYPE": "en_GB.UTF-8", "LANG": "C"}, False),
        ({"TERM": "linux", "LANG": "de_DE.UTF-8"}, True),
        ({"TERM": "dumb"}, True),
        ({"TERM": "vt220"}, True),
        ({"TERM": "vte-256color"}, False),
    ],
)
def test_the_environment_says_what_the_terminal_shows(environ: dict[str, str], plain: bool) -> None:
    assert ascii_alone(environ) == plain


def test_animations_are_off_where_the_terminal_says_so() -> None:
    assert stands_still({"TERM": "dumb"})
    assert not stands_still({"TERM": "xterm"})
    assert not stands_still({"TERM": "dumb", "TEXTUAL_ANIMATIONS": "full"})  # Textual reads that


@pytest.mark.parametrize(("term", "plain"), [("linux", True), ("xterm-256color", False)])
def test_the_dashboard_is_made_for_the_terminal(
    term: str, plain: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("TEXTUAL_ANIMATIONS", raising=False)
    start = running.Start(lambda: ServiceConfiguration(data_dir=tmp_path), FirstLook())
    opening = LateConfiguration(start.load, lambda _: NotingEngine().opener(), logs=False)
    app = running._app(start, opening)
    assert app.ascii_only == plain
    assert (app.animation_level == "none") == plain


@pytest.mark.parametrize(("level", "blinks"), [("none", False), ("full", True)])
async def test_no_cursor_blinks_where_nothing_is_to_move(
    level: Any, blinks: bool, until: Until
) -> None:
    engine = NotingEngine()
    app: Any = still_app(engine)
    app.animation_level = level
    async with app.run_test(size=(80, 24)) as pilot:
        await look(pilot)
        await pilot.press("5", "c")
        await until(pilot, lambda: isinstance(app.screen, TaskForm))
        typed = [*app.screen.query(Input), *app.screen.query(TextArea)]
        assert len(typed) > 2
        assert {each.cursor_blink for each in typed} == {blinks}


async def test_every_screen_is_all_ascii_there(shown: Shown, until: Until) -> None:
    engine = NotingEngine()
    app: Any = still_app(engine, ascii_only=True)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await look(pilot)
        for place in PLACES:
            await pilot.press(place.key)
            await until(pilot, lambda place=place: app.here.place == place.name)
            await pilot.pause()
            text = shown(app)
            assert text.isascii(), [char for char in text if not char.isascii()]
            if place.name == "cycles":
                assert app.screen.query_one(CyclePicture)._ascii  # not braille with stand-ins
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, Help))
        await pilot.pause()
        assert shown(app).isascii()


async def test_without_colours_what_has_the_focus_and_what_is_danger_still_shows(
    shown: Shown, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    engine = NotingEngine()
    app: Any = still_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await look(pilot)
        await pilot.press("2")
        await until(pilot, lambda: app.here.place == "operations")
        await pilot.pause()
        styles = {
            segment.style
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style
        }
        colours = [colour for style in styles for colour in (style.color, style.bgcolor) if colour]
        assert colours
        assert all(len({*colour.get_truecolor()}) == 1 for colour in colours)  # shades of grey
        assert "▶ running" in shown(app)


@given(st.text(max_size=40))
def test_any_text_becomes_ascii_of_the_same_width(text: str) -> None:
    (segment,) = AsciiFilter().apply([Segment(text)], Color(0, 0, 0))
    assert segment.text.isascii()
    assert cell_len(segment.text) == cell_len(text)


def test_what_stands_for_what() -> None:
    shown = "╭─┤ ● été ✖ → 漢 ▁█ ⣿"
    (segment,) = AsciiFilter().apply([Segment(shown)], Color(0, 0, 0))
    assert segment.text == "+-+ * ete x > ?? _# *"
