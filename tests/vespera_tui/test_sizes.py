"""The sizes of the terminal: their breakpoints, and that the smallest show the essential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vespera_tui.looks import app_of
from vespera_tui.places import PLACES

if TYPE_CHECKING:
    from tests.vespera_tui.conftest import Shown, Until

CLASSES = {"-slim", "-narrow", "-wide", "-widest", "-low", "-short", "-tall"}


async def test_a_screen_has_the_classes_of_its_size(until: Until) -> None:
    app = app_of("busy")
    async with app.run_test(size=(79, 23)) as pilot:
        await app.opened(pilot)
        await app.look(pilot, 3)
        for size, expected in (
            ((79, 23), {"-slim", "-low"}),
            ((80, 24), {"-narrow", "-short"}),
            ((119, 39), {"-narrow", "-short"}),
            ((120, 40), {"-wide", "-tall"}),
            ((179, 60), {"-wide", "-tall"}),
            ((180, 30), {"-widest", "-short"}),
        ):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda want=expected: app.screen.classes & CLASSES == want)


@pytest.mark.parametrize("size", [(60, 20), (20, 6), (1, 1)])
async def test_nothing_breaks_in_a_small_terminal(
    until: Until, shown: Shown, size: tuple[int, int]
) -> None:
    app = app_of("busy")
    async with app.run_test(size=size) as pilot:
        await app.opened(pilot)
        await app.look(pilot, 3)
        for place in PLACES:
            await app.show_screen(place.name)
            await app.look(pilot, 3)
            if size[0] >= 60:
                text = shown(app)
                assert "● running" in text
                assert f"▸{place.key} {place.title}" in text
                assert "? Help q Quit" in text
    assert app.crash is None


async def test_a_small_overview_shows_services_stores_and_queue(until: Until, shown: Shown) -> None:
    app = app_of("busy")
    async with app.run_test(size=(60, 20)) as pilot:
        await app.opened(pilot)
        await app.look(pilot, 3)
        text = shown(app)
    for word in ("Embedding ●", "Cycles ●", "Sync ●", "Optimise ●", "vectors", "10 tasks wait"):
        assert word in text
    assert "sync_task" in text.partition("service")[2]
