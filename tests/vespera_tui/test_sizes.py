"""The sizes of the terminal: their breakpoints, and that the smallest show the essential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vespera_tui.looks import app_of
from vespera_tui.places import PLACES
from vespera_tui.screens.base import LEAST_SIZE

if TYPE_CHECKING:
    from tests.vespera_tui.conftest import Shown, Until

CLASSES = {"-tiny", "-flat", "-slim", "-narrow", "-wide", "-widest", "-low", "-short", "-tall"}


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
            ((50, 12), {"-slim", "-low"}),
            ((49, 11), {"-tiny", "-flat"}),
        ):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda want=expected: app.screen.classes & CLASSES == want)


@pytest.mark.parametrize("size", [(60, 20), LEAST_SIZE, (20, 6), (1, 1)])
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
            if size >= LEAST_SIZE:
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


async def test_a_terminal_too_small_says_what_is_needed_until_it_is_larger(
    until: Until, shown: Shown
) -> None:
    app = app_of("busy")
    async with app.run_test(size=(40, 10)) as pilot:
        await app.opened(pilot)
        for place in PLACES:
            await app.show_screen(place.name)
            for size in ((40, 10), (30, 40), (120, 8)):
                await pilot.resize_terminal(*size)
                here = f"here {size[0]} x {size[1]}"
                await until(pilot, lambda here=here: here in shown(app))
                assert "needed 50 x 12" in shown(app)
                assert "VESPERA" not in shown(app)
        await pilot.resize_terminal(*LEAST_SIZE)
        await until(pilot, lambda: "VESPERA" in shown(app))
        assert "too small" not in shown(app)


@pytest.mark.parametrize(("place", "word"), [("errors", "Traceback"), ("stores", "Measured")])
async def test_few_rows_leave_room_for_details_on_a_large_screen(
    shown: Shown, place: str, word: str
) -> None:
    app = app_of("busy")
    async with app.run_test(size=(120, 40)) as pilot:
        await app.opened(pilot)
        await app.show_screen(place)
        await app.look(pilot, 3)
        assert word in shown(app)
        await pilot.press("enter")
        await app.look(pilot, 3)
        assert word not in shown(app)


async def test_the_widest_screen_lists_the_order_of_work_beside_the_cycle(shown: Shown) -> None:
    app = app_of("busy")
    async with app.run_test(size=(200, 60)) as pilot:
        await app.opened(pilot)
        await app.show_screen("cycles")
        await app.look(pilot, 3)
        left = [line[:75].rstrip() for line in shown(app).splitlines()]
    at = next(index for index, line in enumerate(left) if "Order after the cut" in line)
    assert [line.split()[1] for line in left[at + 1 : at + 4]] == ["bd-w8hz", "bd-q2ns", "bd-x7ta"]
