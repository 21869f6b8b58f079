"""Everything can be worked by keys alone, and by the mouse."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from vespera_tui.demo import DemoEngine
from vespera_tui.demo.clock import FixedClock
from vespera_tui.demo.pictures import still_app
from vespera_tui.places import PLACES
from widgets.help import Help
from widgets.key_bar import KeyBar
from widgets.row_list import HEADING, RowList
from widgets.screen_tabs import ScreenTabs
from widgets.service_card import ServiceCard
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from tests.vespera_tui.conftest import Until

MOST = 60
"""Presses of tab after which a screen must have been gone round: a cycle is walked by tab too."""


@asynccontextmanager
async def dashboard(until: Until, size: tuple[int, int]) -> AsyncIterator[Pilot[None]]:
    app = still_app(DemoEngine(FixedClock()))
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.focused, ServiceCard))
        yield pilot


async def go(pilot: Pilot[None], until: Until, place: Any) -> None:
    await pilot.press(place.key)
    app: Any = pilot.app
    await until(pilot, lambda: app.here.place == place.name)
    await pilot.pause()
    if app.here.main_list is not None:
        await until(pilot, lambda: app.here.main_list.total or place.name in {"logs", "settings"})


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
@pytest.mark.parametrize("way", ["tab", "shift+tab"])
async def test_every_part_of_every_screen_is_reached_by_tab(
    until: Until, size: tuple[int, int], way: str
) -> None:
    async with dashboard(until, size) as pilot:
        app: Any = pilot.app
        for place in PLACES:
            await go(pilot, until, place)
            wanted = {each for each in app.screen.focus_chain if each.region.size}
            assert wanted, place.name
            seen = {app.focused}
            for _ in range(MOST):
                if wanted <= seen:
                    break
                await pilot.press(way)
                seen.add(app.focused)
            assert wanted <= seen, (place.name, wanted - seen)


async def test_the_pane_of_details_is_opened_reached_and_left_by_keys(until: Until) -> None:
    async with dashboard(until, (80, 24)) as pilot:
        app: Any = pilot.app
        for place in PLACES:
            await go(pilot, until, place)
            if app.here.main_list is None:
                continue
            await until(pilot, lambda: isinstance(app.focused, RowList))
            await pilot.press("enter")
            pane = app.screen.query_one(TextPane)
            await until(pilot, lambda pane=pane: pane.region.size)
            await pilot.press("tab")
            assert app.focused is pane, place.name
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.focused, RowList))


async def test_a_click_on_a_row_puts_the_cursor_there(until: Until) -> None:
    async with dashboard(until, (120, 40)) as pilot:
        app: Any = pilot.app
        clicked = 0
        for place in PLACES:
            await go(pilot, until, place)
            for rows in app.screen.query(RowList):
                if rows.total < 2 or not rows.region.size:
                    continue
                top = rows.scroll_offset.y  # the log is shown from its end
                assert await pilot.click(rows, offset=(3, HEADING + 1))
                await until(pilot, lambda rows=rows: app.focused is rows)
                assert rows.selected is not None
                assert rows.selected.id == rows.rows[top + 1].id
                clicked += 1
        assert clicked >= 6


async def test_a_click_on_a_tab_goes_there_and_one_on_a_key_does_it(until: Until) -> None:
    async with dashboard(until, (120, 40)) as pilot:
        app: Any = pilot.app
        for place in reversed(PLACES):
            tabs = app.screen.query_one(ScreenTabs)
            text = tabs.render().plain
            at = text.index(f"{place.key} {place.title}")
            assert await pilot.click(tabs, offset=(at + 2, 0))
            await until(pilot, lambda place=place: app.here.place == place.name)
        keys = app.screen.query_one(KeyBar)
        assert await pilot.click(keys, offset=(keys.render().plain.index("? Help") + 2, 0))
        await until(pilot, lambda: isinstance(app.screen, Help))


async def test_a_click_on_a_card_takes_that_service(until: Until) -> None:
    async with dashboard(until, (120, 40)) as pilot:
        app: Any = pilot.app
        for card in app.screen.query(ServiceCard):
            assert await pilot.click(card)
            await until(pilot, lambda card=card: app.selected_service.name == card.model.name)
