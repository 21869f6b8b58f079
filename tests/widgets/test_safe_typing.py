"""What a line or an area was filled with comes out of it again, and is painted as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual import events
from textual.app import App
from textual.strip import Strip

from widgets.safe_area import SafeArea
from widgets.safe_input import SafeInput
from widgets.safe_typing import held, painted, taken, typed
from widgets.task_form import Field, TaskForm

if TYPE_CHECKING:
    from collections.abc import Mapping

PERSIAN, EMOJI, HYPHEN = "دو\u200cست", "👩\u200d💻", "so\u00adft"


def strip(text: str) -> Strip:
    return Strip([Segment(text)])


@given(st.text())
def test_what_is_held_is_given_back(text: str) -> None:
    assert typed(held(text)) == text
    assert typed(taken(held(text))) == text


@given(st.text())
def test_an_area_gives_back_what_it_was_filled_with(text: str) -> None:
    assert SafeArea(text).typed == text


@given(st.text(st.sampled_from("a\r\n\t\x0b\x85\u2028\x1b")))
def test_an_area_gives_back_every_kind_of_line_end(text: str) -> None:
    assert SafeArea(text).typed == text


@given(st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cf"])))
def test_whatever_is_held_is_painted_in_printable_characters(text: str) -> None:
    for value in (text, held(text), taken(text)):
        assert painted(strip(value)).text.isprintable()


@given(st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cf"])))
def test_each_character_that_is_held_takes_a_cell_as_painted(text: str) -> None:
    """So that the cursor is where the text is."""
    stand_ins = "".join(char for char in held(text) if not char.isprintable())
    before = strip(stand_ins)
    assert before.cell_length == painted(before).cell_length == len(stand_ins)


class Form(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.saved: list[Mapping[str, str]] = []

    async def on_mount(self) -> None:
        async def save(typed: Mapping[str, str]) -> str:
            self.saved.append(dict(typed))
            return "not yet"

        fields = (
            Field("title", "Title", f"{PERSIAN} {EMOJI}"),
            Field("text", "Text", f"{HYPHEN}\x1b[1m\nb", lines=5),
            Field("other", "Other", "\x1b\u200b"),
        )
        await self.push_screen(TaskForm("A task", fields, save))


async def test_editing_one_part_leaves_the_rest_as_it_was() -> None:
    app = Form()
    async with app.run_test() as pilot:
        title: Any = app.screen.query_one("#of-title", SafeInput)
        area: Any = app.screen.query_one("#of-text", SafeArea)
        title.focus()
        await pilot.press("end", "X", "ctrl+s")
        await app.workers.wait_for_complete()
        area.focus()
        await pilot.press("Y", "ctrl+s")
        await app.workers.wait_for_complete()
    both = {"title": f"{PERSIAN} {EMOJI}X", "text": f"Y{HYPHEN}\x1b[1m\nb"}
    assert app.saved == [{"title": both["title"]}, both]


@pytest.mark.parametrize(("name", "kind"), [("title", SafeInput), ("text", SafeArea)])
async def test_what_is_pasted_keeps_its_joiners_and_loses_its_controls(
    name: str, kind: type[SafeInput | SafeArea]
) -> None:
    app = Form()
    async with app.run_test() as pilot:
        line = app.screen.query_one(f"#of-{name}", kind)
        line.focus()
        await pilot.press("end")
        app.post_message(events.Paste(f"{PERSIAN}\x1b[1m"))
        await pilot.pause()
        assert f"{PERSIAN}␛[1m" in line.typed
        assert all(strip.text.isprintable() for strip in app.screen._compositor.render_strips())
