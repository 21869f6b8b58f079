"""The keys that are shown are those that do something."""

from __future__ import annotations

import pytest

from tests.vespera_tui.looks import app_of
from widgets.key_bar import KeyBar

AWAY = {
    "operations": {"retry", "cancel", "select", "sort", "details"},
    "cycles": {"cut", "ascii", "enlarge", "details"},
    "errors": {"retry", "discard", "sort", "details"},
    "tasks": {"edit", "finish", "delete-task", "details"},
    "stores": {"details"},
}


@pytest.mark.parametrize("place", AWAY)
async def test_an_empty_screen_shows_no_key_for_what_is_not_there(place: str) -> None:
    for state, expected in (("empty", set()), ("busy", AWAY[place])):
        app = app_of(state)
        async with app.run_test(size=(200, 60)) as pilot:
            await app.opened(pilot)
            await app.show_screen(place)
            await app.look(pilot, 3)
            keys = {hint.action for hint in app.screen.query_one(KeyBar).model}
        assert keys & AWAY[place] == expected
        assert {"help", "quit", "triggers"} <= keys


async def test_without_an_engine_the_keys_are_help_and_quit() -> None:
    app = app_of("unopened")
    async with app.run_test(size=(120, 40)) as pilot:
        await app.opened(pilot)
        await app.look(pilot)
        assert [hint.action for hint in app.screen.query_one(KeyBar).model] == ["help", "quit"]


async def test_the_cursor_of_the_sixteen_colours_is_one_colour() -> None:
    """Blue words on the blue cursor could not be read."""
    app = app_of("busy", "vespera-ansi")
    async with app.run_test(size=(120, 40)) as pilot:
        await app.opened(pilot)
        await app.show_screen("logs")
        await app.look(pilot, 3)
        rows = app.here.main_list
        assert rows is not None
        line = rows.render_line(rows.size.height - 1)
        colours = {
            segment.style.color for segment in line if segment.style and segment.text.strip()
        }
    assert "info" in line.text
    assert len(colours) == 1
