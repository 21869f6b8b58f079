"""Screen 2, worked by keys alone; what counts is what is in the queue afterwards."""

from __future__ import annotations

import asyncio
import csv
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from engine.operation_views import OperationsQuery
from engine.operations import NewOperation, OperationFilter, ServicePriority
from tests.vespera_tui.noting import NotingEngine, dashboard
from tests.vespera_tui.operations_keys import rows, typed
from tests.vespera_tui.waiting import until
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.demo.pictures import look, still_app
from widgets.dialogs import Confirm, Menu
from widgets.filter_line import FilterLine
from widgets.operation_list import OperationList
from widgets.safe_input import SafeInput
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.vespera_tui.conftest import Shown, Until


@pytest.fixture
def start(until: Until) -> Callable[..., Any]:
    """The dashboard on screen 2 over the demonstration's queue, in which no time passes."""

    @asynccontextmanager
    async def run(
        engine: DemoEngine, size: tuple[int, int] = (120, 40), **options: Any
    ) -> AsyncIterator[Pilot[None]]:
        app = still_app(engine, **options)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.services)
            await pilot.press("2")
            await until(pilot, lambda: isinstance(app.focused, OperationList))
            await until(pilot, lambda: rows(app).total)
            yield pilot

    return run


async def count(engine: DemoEngine, **which: Any) -> int:
    return (await engine.operations_page(OperationsQuery(OperationFilter(**which)))).total


async def test_the_filter_narrows_the_list_while_it_is_typed(
    start: Any, until: Until, shown: Shown
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        failed, everything = await count(engine, state="failed"), rows(pilot.app).total
        assert 0 < failed < everything
        await typed(pilot, until, "state:failed")
        await until(pilot, lambda: rows(pilot.app).total == failed)
        assert f"{failed} operations that match state:failed" in shown(pilot.app)
        assert {row.state for row in rows(pilot.app).rows} == {"failed"}
        await pilot.press("/", "escape")
        await until(pilot, lambda: rows(pilot.app).total == everything)
        assert not pilot.app.screen.query_one(FilterLine).has_class("-open")


async def test_a_wrong_word_is_named(start: Any, until: Until, shown: Shown) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        await typed(pilot, until, "stat:red")
        await until(pilot, lambda: "stat: is no word of this filter" in shown(pilot.app))


async def test_while_the_filter_is_wrong_the_list_says_so_and_nothing_is_selected(
    start: Any, until: Until, shown: Shown
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine, (80, 24)) as pilot:
        failed = await count(engine, state="failed")
        await typed(pilot, until, "state:failed")
        await until(pilot, lambda: rows(pilot.app).total == failed)
        await pilot.press("*")
        await until(pilot, lambda: rows(pilot.app).everything)
        await pilot.press("/")
        await until(pilot, lambda: isinstance(pilot.app.focused, SafeInput))
        await pilot.press("end", "ctrl+u", *"state:fialed ", "enter")
        await until(pilot, lambda: "▲ not as the filter line says: still" in shown(pilot.app))
        words = " ".join(shown(pilot.app).split())
        assert "is not one of scheduled, available, running" in words
        assert "failed, cancelled; did you mean failed?" in words  # in full, on 80 columns
        assert not rows(pilot.app).everything
        await pilot.press("*", "space")
        await until(pilot, lambda: "the list is not what the filter line says" in shown(pilot.app))
        assert not rows(pilot.app).everything
        assert not rows(pilot.app).chosen
        await pilot.press("/", "escape")
        await until(pilot, lambda: rows(pilot.app).total > failed)
        await until(pilot, lambda: "▲ not as" not in shown(pilot.app))
        await pilot.press("*")
        await until(pilot, lambda: rows(pilot.app).everything)


@pytest.mark.parametrize("leaving", ["enter", "shift+tab"])
async def test_a_word_that_begins_a_name_counts_once_the_line_is_left(
    start: Any, until: Until, leaving: str
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        fitting = await count(engine, text="st")
        assert fitting < rows(pilot.app).total
        await pilot.press("/")
        await until(pilot, lambda: isinstance(pilot.app.focused, SafeInput))
        await pilot.press(*"st", leaving)
        await until(pilot, lambda: rows(pilot.app).total == fitting)


@pytest.mark.parametrize("key", ["tab", "right"])
async def test_words_of_the_filter_are_completed(
    start: Any, until: Until, shown: Shown, key: str
) -> None:
    async with start(DemoEngine(FixedClock())) as pilot:
        await pilot.press("/", *"st")
        await until(pilot, lambda: "/ state:" in shown(pilot.app))
        await pilot.press(key, "f")
        await until(pilot, lambda: "/ state:failed" in shown(pilot.app))
        line = pilot.app.screen.query_one(FilterLine)
        assert line.text == "state:f"
        await pilot.press(key)
        await until(pilot, lambda: line.text == "state:failed")
        await pilot.press("tab")  # nothing to complete: on to the list, as elsewhere
        await until(pilot, lambda: not line.has_focus_within)


async def test_looking_at_the_filter_again_keeps_the_selection(start: Any, until: Until) -> None:
    async with start(DemoEngine(FixedClock())) as pilot:
        await typed(pilot, until, "sync")
        await pilot.press("space", "space")
        await typed(pilot, until, "")
        await pilot.pause()
        assert len(rows(pilot.app).chosen) == 2
        await typed(pilot, until, " ")  # behind the word, which it leaves as it is
        await pilot.pause()
        assert pilot.app.screen.query_one(FilterLine).text == "sync "
        assert len(rows(pilot.app).chosen) == 2
        await typed(pilot, until, "state:failed")
        assert pilot.app.screen.query_one(FilterLine).text == "sync state:failed"


async def test_only_a_part_of_a_long_list_is_held_and_the_rest_is_fetched(
    start: Any, until: Until
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        held = rows(pilot.app)
        assert held.total > 2_000
        await pilot.press("end")
        await until(pilot, lambda: held.selected is not None)
        last = (await engine.operations_page(OperationsQuery(offset=held.total - 1))).rows[0]
        assert held.selected is not None
        assert held.selected.id == last.id
        assert len(held.rows) <= 200


async def test_every_column_sorts_and_turns_round(start: Any, until: Until) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        sorts = [column.sort for column in OperationList.COLUMNS if column.sort]
        for sort in sorts:
            for key, descending in (("o", False), ("O", True)):
                await pilot.press(key)
                query = OperationsQuery(sort=sort, descending=descending, limit=1)
                first = (await engine.operations_page(query)).rows[0].id
                await until(pilot, lambda first=first: rows(pilot.app).rows[0].id == first)
        await pilot.press("o")
        await until(pilot, lambda: rows(pilot.app).rows[0].state == "running")


async def test_the_life_of_the_operation_under_the_cursor_is_told(
    start: Any, until: Until, shown: Shown
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine, (80, 24)) as pilot:
        await typed(pilot, until, "state:failed text")
        assert not pilot.app.screen.query_one(TextPane).display
        await pilot.press("enter")
        pane = pilot.app.screen.query_one(TextPane)
        await until(pilot, lambda: "Traceback" in pane.plain)
        assert pane.display
        assert "attempt 1 failed: ValueError: text of" in pane.plain
        assert '"title":' in pane.plain
        assert "Life" in shown(pilot.app)
        await pilot.press("y")
        await until(pilot, lambda: "onnx_backend.py" in pilot.app.clipboard)
        await pilot.press("enter")
        await until(pilot, lambda: not pane.display)


async def test_what_is_selected_is_acted_on_after_showing_the_count(
    start: Any, until: Until, shown: Shown
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        await typed(pilot, until, "state:failed")
        failed = await count(engine, state="failed")
        await until(pilot, lambda: rows(pilot.app).total == failed)
        await pilot.press("space", "space", "space", "R")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "Retry 3 operations of the 3 selected?" in shown(pilot.app)
        await pilot.press("n")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        assert await count(engine, state="failed") == failed
        await pilot.press("R")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: rows(pilot.app).total == failed - 3)
        assert rows(pilot.app).chosen == ()
    assert await count(engine, state="failed") == failed - 3


async def test_what_can_not_be_done_stays_selected(start: Any, until: Until) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        app = pilot.app
        first = rows(app).rows[0]
        assert first.state == "running"
        await pilot.press("space")
        await typed(pilot, until, "state:failed")  # another filter is another selection
        assert rows(app).chosen == ()
        await pilot.press("/", "escape", "home", "space", "X")
        await until(pilot, lambda: "nothing to do" in str([n.message for n in app._notifications]))
        assert len(rows(app).chosen) == 1


async def test_all_that_match_are_acted_on_and_it_is_taken_back(
    start: Any, until: Until, shown: Shown
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        await typed(pilot, until, "service:embedding")
        waiting = [
            each
            for each in await engine.operations(service="auto_embedding", limit=5_000)
            if each.state in {"available", "scheduled"}
        ]
        assert len(waiting) > 5
        await pilot.press("*", "X")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert f"Cancel {len(waiting)} operations of all that match?" in shown(pilot.app)
        await pilot.press("y")
        await until(pilot, lambda: "(u: undo)" in shown(pilot.app))
        states = {(await engine.get_operation(each.id)).state for each in waiting}  # type: ignore[union-attr]
        assert states == {"cancelled"}
        await pilot.press("u")
        await until(pilot, lambda: "waiting as before" in shown(pilot.app))
        assert [await engine.get_operation(each.id) for each in waiting] == waiting


async def test_priorities_are_set_for_many_and_restored_one_by_one(
    start: Any, until: Until, shown: Shown
) -> None:
    engine = DemoEngine(FixedClock())
    await engine.catch_up()
    urgent = NewOperation("index_optimization", "check", priority=ServicePriority.HIGH)
    await engine.queue.enqueue([urgent, urgent])
    async with start(engine) as pilot:
        await typed(pilot, until, "state:available")
        before = {each.id: each.priority for each in await engine.operations(state="available")}
        assert len(set(before.values())) > 1
        await until(pilot, lambda: rows(pilot.app).total == len(before))
        await pilot.press("*", "+")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: "(u: undo)" in shown(pilot.app))
        after = {each.priority for each in await engine.operations(state="available")}
        assert after == {ServicePriority.CRITICAL}
        await pilot.press("u")
        await until(pilot, lambda: "as urgent as before" in shown(pilot.app))
        found = await engine.operations(state="available")
        assert {each.id: each.priority for each in found} == before


async def test_held_ones_are_let_go_with_the_same_key(start: Any, until: Until) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        await typed(pilot, until, "service:embedding state:available")
        for parked in (True, False):
            await pilot.press("*", "h")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
            await pilot.press("y")
            await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
            await until(pilot, lambda: not [w for w in pilot.app.workers if w.group == "actions"])
            held = (await engine.queue.stats())["auto_embedding"].parked
            assert (held > 0) is parked
            await typed(pilot, until, "x")  # the filter is typed behind the present one
            await pilot.press("/", "escape")
            await typed(pilot, until, "service:embedding state:scheduled")


def text_in(folder: Path) -> str:
    (file,) = folder.glob("*.csv")
    return file.read_text("utf-8")


async def test_the_mouse_moves_the_cursor_and_sorts(start: Any, until: Until) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        held = rows(pilot.app)
        await pilot.click(OperationList, offset=(10, 4))
        await until(pilot, lambda: held.selected is held.rows[3])
        for descending in (False, True):
            await pilot.click(OperationList, offset=(3, 0))
            query = OperationsQuery(sort="id", descending=descending, limit=1)
            first = (await engine.operations_page(query)).rows[0].id
            await until(pilot, lambda first=first: held.rows[0].id == first)


async def test_the_table_is_saved_with_no_cell_that_is_a_formula(
    start: Any, until: Until, tmp_path: Path
) -> None:
    engine = DemoEngine(FixedClock())
    await engine.catch_up()
    await engine.queue.enqueue([NewOperation("auto_embedding", "embed_task", "=1+1\x1b")])
    async with start(engine, saves_to=tmp_path) as pilot:
        total = rows(pilot.app).total
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("down", "enter")
        await until(pilot, lambda: list(tmp_path.glob("*.csv")))
    lines = list(csv.reader(text_in(tmp_path).splitlines()))
    assert lines[0][:2] == ["id", "service"]
    assert len(lines) == total + 1
    assert "'=1+1␛" in {line[3] for line in lines}
    page = await engine.operations_page(OperationsQuery(limit=1))
    created = next(line for line in lines if line[0] == str(page.rows[0].id))[8]
    moment = datetime.fromisoformat(created)
    assert moment.tzinfo is not None
    assert moment.timestamp() == pytest.approx(page.rows[0].created_at, abs=1)


async def test_an_engine_that_can_not_answer_says_why(
    start: Any, until: Until, shown: Shown
) -> None:
    engine = DemoEngine(FixedClock())
    async with start(engine) as pilot:
        page = pilot.app.screen_stack[0]
        pilot.app.stage.snapshot = (
            None  # as before the first status: the engine itself refuses the name
        )
        page.read_filter("service:nobody")
        assert page.question.query.which.service == "nobody"


async def test_the_life_of_another_operation_is_neither_shown_nor_copied() -> None:
    engine, answered = NotingEngine(), asyncio.Event()
    async with dashboard(engine, (200, 40)) as pilot:
        app: Any = pilot.app
        await pilot.press("2")
        await look(pilot)
        first = rows(app).selected
        assert first is not None
        await until(pilot, lambda: f"#{first.id}" in app.screen.copied())
        engine.held["get_operation"] = answered
        await pilot.press("down")
        await until(pilot, lambda: rows(app).selected is not first)
        app.screen.show(app.stage.snapshot)
        assert app.screen.copied() == ""
        assert app.screen.query_one(TextPane).plain == ""
        answered.set()
        second = rows(app).selected
        await until(pilot, lambda: f"#{second.id}" in app.screen.copied())  # type: ignore[union-attr]  # it is there
