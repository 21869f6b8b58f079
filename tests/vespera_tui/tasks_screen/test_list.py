"""What is listed, searched and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.task_views import TasksQuery
from engine.tasks import TaskDraft
from tests.vespera_tui.tasks_screen.keys import (
    DRAFTS,
    on,
    opens,
    rows,
    said,
    states,
    typed,
)
from widgets.dialogs import Menu
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until


async def test_the_list_says_what_is_ready_and_what_waits(start: Any, shown: Shown) -> None:
    async with start() as pilot:
        assert [row.id for row in rows(pilot.app).rows] == ["t-1", "t-2", "t-4", "t-3"]
        assert states(pilot.app) == {
            "t-1": "blocked", "t-2": "ready", "t-3": "closed", "t-4": "ready",
        }  # fmt: skip
        assert "⊘ blocked: 1" in shown(pilot.app)


async def test_words_and_filters_narrow_the_list_and_it_says_how_it_searched(
    start: Any, until: Until, shown: Shown
) -> None:
    async with start() as pilot:
        await typed(pilot, until, "hull")
        await until(pilot, lambda: [row.id for row in rows(pilot.app).rows] == ["t-2"])
        await until(pilot, lambda: "by words: " in shown(pilot.app))  # no vector, no model: why
        await pilot.press("/", "escape")
        await until(pilot, lambda: rows(pilot.app).total == len(DRAFTS))
        for words, ids in (
            ("is:ready", ["t-2", "t-4"]),
            ("is:blocked", ["t-1"]),
            ("assignee:ann", ["t-4"]),
            ("tag:wood project:boat", ["t-2"]),
            ("status:closed", ["t-3"]),
        ):
            await typed(pilot, until, words)
            await until(pilot, lambda ids=ids: [row.id for row in rows(pilot.app).rows] == ids)
            await pilot.press("/", "escape")
        await typed(pilot, until, "status:purple")
        await until(pilot, lambda: "status: 'purple' is not one of open" in shown(pilot.app))


async def test_a_word_of_the_filter_is_searched_for_when_it_stands_alone(
    start: Any, until: Until
) -> None:
    async with start((*DRAFTS, TaskDraft("Print the price tag", id="t-5"))) as pilot:
        await typed(pilot, until, "tag")
        await until(pilot, lambda: [row.id for row in rows(pilot.app).rows] == ["t-5"])


async def test_it_says_which_word_of_the_filter_no_task_has(
    start: Any, until: Until, shown: Shown
) -> None:
    async with start() as pilot:
        await typed(pilot, until, "project:boat tag:iron")
        await until(pilot, lambda: "no task has tag:iron;" in shown(pilot.app))
        await pilot.press("/", "escape")
        await until(pilot, lambda: rows(pilot.app).total == len(DRAFTS))
        await pilot.press("/", *"project:b")
        await until(pilot, lambda: "/ project:boat" in shown(pilot.app))


async def test_a_task_is_found_by_its_id_and_stands_before_what_has_its_words(
    start: Any, until: Until
) -> None:
    many = [TaskDraft(f"as t-{n:03} before it", id=f"t-{n - 1:03}") for n in range(1, 60)]
    async with start(many) as pilot:
        await typed(pilot, until, "t-007")
        await until(pilot, lambda: rows(pilot.app).rows[0].id == "t-007")
        assert rows(pilot.app).rows[1].id == "t-006"  # whose title has the words
        await pilot.press("/", "escape")
        await typed(pilot, until, "T-00")
        begun = [f"t-00{n}" for n in range(10)]
        await until(pilot, lambda: [row.id for row in rows(pilot.app).rows][:10] == begun)
        await pilot.press("/", "escape")
        await typed(pilot, until, "id:t-01*")
        await until(pilot, lambda: rows(pilot.app).total == 10)


async def test_a_search_that_finds_as_many_as_it_may_says_that_they_are_the_nearest(
    start: Any, until: Until, shown: Shown, tmp_path: Path
) -> None:
    many = [TaskDraft(f"mend hull {n}", id=f"h-{n:03}") for n in range(201)]
    async with start(many, saves_to=tmp_path) as pilot:
        await typed(pilot, until, "mend")
        await until(pilot, lambda: "the nearest 200 tasks that match mend" in shown(pilot.app))
        await pilot.press("*")
        await until(pilot, lambda: "▌ the nearest 200 selected" in shown(pilot.app))
        await pilot.press("w")
        wanted = "Claim 200 tasks that are nearest to the words?"
        await until(pilot, lambda: wanted in shown(pilot.app))
        await pilot.press("n")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        await opens(pilot, until, "s", Menu)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "200 that are nearest to the words" in said(pilot.app))
        await pilot.press("/", "escape")
        await typed(pilot, until, "h-00")
        await until(pilot, lambda: "▌" not in shown(pilot.app))
        await until(pilot, lambda: rows(pilot.app).rows[0].id == "h-000")


async def test_a_task_is_told_in_full(start: Any, until: Until, engine: EmbeddedEngine) -> None:
    async with start(size=(80, 24)) as pilot:
        pane = pilot.app.screen.query_one(TextPane)
        await pilot.press("enter")
        await until(pilot, lambda: "Waits for  1 unfinished of 1" in pane.plain)
        assert pane.display
        assert "⊘ t-2 Build the hull" in pane.plain
        await until(pilot, lambda: "graph missing: no node" in pane.plain)
        assert "vectors missing: no vector of the present model" in pane.plain
        await engine.manager.context.projections.graph_reconcile(["t-1", "t-2"])
        await on(pilot, until, "t-2")
        await until(pilot, lambda: "Holds up  1 unfinished of 1" in pane.plain)
        assert "of oak\n[/]" in pane.plain
        await until(pilot, lambda: "graph current" in pane.plain)


async def test_only_a_part_of_a_long_list_is_held(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    many = [TaskDraft(f"task {n}", id=f"m-{n:04}", created_at=float(n)) for n in range(1_200)]
    async with start(many) as pilot:
        await pilot.press("end")
        await until(pilot, lambda: rows(pilot.app).selected is not None)
        assert rows(pilot.app).selected.id == "m-1199"  # type: ignore[union-attr]  # it is there
        assert len(rows(pilot.app).rows) <= 200
        await pilot.press("home", "o", "O")
        last = (await engine.tasks_page(TasksQuery(sort="id", descending=True, limit=1))).rows[0]
        await until(pilot, lambda: rows(pilot.app).rows[0].id == last.task.id)


@pytest.mark.parametrize("key", ["c", "i", "x", "w", "b", "B", "E", "I"])
async def test_a_dashboard_that_only_looks_changes_nothing(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown, key: str
) -> None:
    async with start(read_only=True) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: "this dashboard only looks" in shown(pilot.app))
        assert len(pilot.app.screen_stack) == 1
        assert await engine.count_tasks() == len(DRAFTS)
        assert (await engine.get_task("t-1")).version == 1
