"""A task is created, changed, claimed, completed and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import TaskNotFoundError
from tests.vespera_tui.tasks_screen.keys import (
    DRAFTS,
    closed,
    fill,
    on,
    opens,
    states,
)
from vespera_tui.console import ACTOR
from widgets.dialogs import Confirm
from widgets.task_form import TaskForm

if TYPE_CHECKING:
    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until


async def test_a_task_is_created_and_that_is_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await opens(pilot, until, "c", TaskForm)
        await pilot.press("enter")
        await until(pilot, lambda: "title: must not be empty" in shown(pilot.app))
        await fill(pilot, "title", "Mend the sail")
        await fill(pilot, "priority", "9")
        await pilot.press("enter")
        await until(pilot, lambda: "priority: 9 is not a whole number" in shown(pilot.app))
        assert pilot.app.focused.id == "of-priority"  # type: ignore[union-attr]  # it has the focus
        await fill(pilot, "priority", "1")
        await fill(pilot, "tags", "cloth, wood")
        await pilot.press("ctrl+s")
        await closed(pilot, until)
        (made,) = await engine.list_tasks(tag="cloth")
        assert (made.title, made.priority, made.tags) == ("Mend the sail", 1, ("cloth", "wood"))
        await until(pilot, lambda: f"{made.id} is created" in shown(pilot.app))
        await pilot.press("u")
        await until(pilot, lambda: f"{made.id} is gone again" in shown(pilot.app))
        assert await engine.count_tasks() == len(DRAFTS)


async def test_a_task_is_changed_and_that_is_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        before = await engine.get_task("t-2")
        await opens(pilot, until, "i", TaskForm)
        await fill(pilot, "status", "done")
        await pilot.press("enter")
        await until(pilot, lambda: "status: 'done' is not one of open" in shown(pilot.app))
        await fill(pilot, "status", "deferred")
        await fill(pilot, "assignee", "bob")
        await pilot.press("enter")
        await closed(pilot, until)
        after = await engine.get_task("t-2")
        assert (after.status, after.assignee, after.tags) == ("deferred", "bob", ("wood",))
        assert after.description == before.description
        await pilot.press("u")
        await until(pilot, lambda: "t-2 is as before: status, assignee" in shown(pilot.app))
        assert (await engine.get_task("t-2")).status == before.status


async def test_completing_says_what_became_ready(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        await pilot.press("x")
        await until(pilot, lambda: "t-2 is completed; 1 became ready: t-1" in shown(pilot.app))
        assert (await engine.get_task("t-2")).status == "closed"
        await until(pilot, lambda: states(pilot.app)["t-1"] == "ready")
        await pilot.press("u")
        await until(pilot, lambda: states(pilot.app)["t-1"] == "blocked")
        assert (await engine.get_task("t-2")).closed_at is None


async def test_claiming_takes_a_ready_task_and_no_other(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        await pilot.press("w")
        await until(pilot, lambda: f"t-2 is in progress, with {ACTOR}" in shown(pilot.app))
        assert (await engine.get_task("t-2")).assignee == ACTOR
        await on(pilot, until, "t-1")
        await pilot.press("w")
        await until(pilot, lambda: "waits for" in shown(pilot.app))
        assert (await engine.get_task("t-1")).status == "open"


async def test_deleting_shows_what_it_touches_and_is_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        before, links = await engine.get_task("t-2"), await engine.get_links("t-2")
        await opens(pilot, until, "E", Confirm)
        assert "1 link of it goes too. 1 task waits for it" in shown(pilot.app)
        await pilot.press("n")
        await closed(pilot, until)
        assert await engine.get_task("t-2") == before
        await opens(pilot, until, "E", Confirm)
        await pilot.press("y")
        await until(pilot, lambda: "t-2 is deleted" in shown(pilot.app))
        with pytest.raises(TaskNotFoundError):
            await engine.get_task("t-2")
        await pilot.press("u")
        await until(pilot, lambda: "t-2 is there again, as version 1" in shown(pilot.app))
        again = await engine.get_task("t-2")
        assert (again.title, again.description, again.tags, again.created_at) == (
            before.title, before.description, before.tags, before.created_at,
        )  # fmt: skip
        found = await engine.get_links("t-2")
        assert [(x.task_id, x.target_id) for x in found] == [
            (x.task_id, x.target_id) for x in links
        ]
