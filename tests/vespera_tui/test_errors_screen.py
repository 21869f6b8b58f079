"""Screen 4, worked by keys alone; what counts is what is in the queue afterwards."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.operations import OperationFilter, Steering
from tests.vespera_tui.typing_in import filter_by
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.demo.pictures import still_app
from widgets.dialogs import Confirm
from widgets.error_list import ErrorList
from widgets.safe_input import SafeInput
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from tests.vespera_tui.conftest import Shown, Until


@pytest.fixture
def start(until: Until) -> Callable[..., Any]:
    """The dashboard on screen 4 over the demonstration's queue, in which no time passes."""

    @asynccontextmanager
    async def run(
        engine: DemoEngine, size: tuple[int, int] = (120, 40)
    ) -> AsyncIterator[Pilot[None]]:
        app = still_app(engine)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.services)
            await pilot.press("4")
            await until(pilot, lambda: isinstance(app.focused, ErrorList))
            await until(pilot, lambda: rows(app).total or "nothing failed" in text(app))
            yield pilot

    def text(app: Any) -> str:
        return str(app.screen.query_one("#status").render())

    return run


def rows(app: Any) -> ErrorList:
    found: ErrorList = app.screen_stack[0].query_one(ErrorList)
    return found


async def test_the_groups_and_the_newest_of_each_are_shown(
    start: Any, until: Until, shown: Shown
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine, (80, 24)) as pilot:
        groups = await engine.error_groups()
        assert len(groups) > 1
        assert rows(pilot.app).total == len(groups)
        await pilot.press("enter")
        pane = pilot.app.screen.query_one(TextPane)
        for group in groups:
            await until(pilot, lambda group=group: group.message in pane.plain)
            assert f"#{group.samples[0]}" in pane.plain
            assert group.traceback.strip() in pane.plain
            await pilot.press("down")
        assert "Newest message" in shown(pilot.app)


async def test_a_filter_that_matches_nothing_is_no_good_news(
    start: Any, until: Until, shown: Shown
) -> None:
    async with start(DemoEngine(FixedClock())) as pilot:
        await filter_by(pilot, until, "nobody ever failed so")
        await until(pilot, lambda: rows(pilot.app).total == 0)
        assert "esc in the filter line drops the filter" in shown(pilot.app)
        assert "well done" not in shown(pilot.app)


@pytest.mark.parametrize(("key", "state"), [("R", "available"), ("D", "cancelled")])
async def test_a_group_is_retried_or_discarded_and_that_is_taken_back(
    start: Any, until: Until, shown: Shown, key: str, state: str
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        first, *others = await engine.error_groups()
        which = OperationFilter(fingerprint=first.fingerprint)
        wanted = (await engine.preview_steering(_how(key), which)).ids
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert f"{len(wanted)} operations that failed in this way?" in shown(pilot.app)
        await pilot.press("y")
        await until(pilot, lambda: rows(pilot.app).total == len(others))
        found = [await engine.get_operation(number) for number in wanted]
        states = {each.state for each in found if each}
        assert state in states <= {state, "cancelled"}  # of equal ones one is queued again
        await pilot.press("u")
        await until(pilot, lambda: rows(pilot.app).total == len(others) + 1)
        assert await engine.error_groups() == [first, *others]


def _how(key: str) -> Steering:
    return {"R": Steering.RETRY, "D": Steering.DISCARD}[key]


async def test_filter_and_order(start: Any, until: Until, shown: Shown) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        groups = await engine.error_groups()
        await pilot.press("o")
        counts = sorted((group.count for group in groups), reverse=True)
        await until(pilot, lambda: [row.count for row in rows(pilot.app).rows] == counts)
        assert "by count ▼" in shown(pilot.app)
        await pilot.press("O")
        await until(pilot, lambda: [row.count for row in rows(pilot.app).rows] == counts[::-1])
        assert "by count ▲" in shown(pilot.app)
        await pilot.press("o")
        latest = sorted(groups, key=lambda group: -group.last_at)
        ids = [group.fingerprint for group in latest]
        await until(pilot, lambda: [row.id for row in rows(pilot.app).rows] == ids)
        assert "by last ▲" in shown(pilot.app)
        await filter_by(pilot, until, "service:cycle")
        await until(pilot, lambda: {row.title for row in rows(pilot.app).rows} == {"Cycles"})
        await pilot.press("/", "escape", "/", *"checksum")
        await until(pilot, lambda: rows(pilot.app).total == 1)
        assert "that match checksum" in shown(pilot.app)


async def test_an_order_of_its_own_that_is_turned_round_is_told(
    start: Any, until: Until, shown: Shown
) -> None:
    async with start(DemoEngine(FixedClock())) as pilot:
        ids = [row.id for row in rows(pilot.app).rows]
        assert "own order" not in shown(pilot.app)
        await pilot.press("O")
        await until(pilot, lambda: [row.id for row in rows(pilot.app).rows] == ids[::-1])
        await until(pilot, lambda: "by own order ▼" in shown(pilot.app))
        await pilot.press("O")
        await until(pilot, lambda: "own order" not in shown(pilot.app))


async def test_a_word_that_begins_a_name_counts_once_the_line_is_left(
    start: Any, until: Until
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        fitting = sum("se" in group.message.lower() for group in await engine.error_groups())
        assert fitting < rows(pilot.app).total
        await pilot.press("/")
        await until(pilot, lambda: isinstance(pilot.app.focused, SafeInput))
        await pilot.press(*"se", "enter")
        await until(pilot, lambda: rows(pilot.app).total == fitting)


async def test_nothing_that_failed_is_told_kindly(start: Any, until: Until, shown: Shown) -> None:
    engine = DemoEngine(FixedClock())
    await engine.catch_up()
    await engine.steer_operations(_how("D"), OperationFilter())
    async with start(engine) as pilot:
        await until(pilot, lambda: "nothing failed that is still kept" in shown(pilot.app))
        await pilot.press("R")
        await until(pilot, lambda: "no operation is under the cursor" in shown(pilot.app))
