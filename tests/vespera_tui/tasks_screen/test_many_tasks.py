"""What is done to the selection, and to all that match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vespera_tui.tasks_screen.keys import (
    closed,
    rows,
    said,
    typed,
)
from widgets.dialogs import Confirm

if TYPE_CHECKING:
    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until


async def test_of_several_those_that_can_be_done_leave_the_selection_and_come_back(
    start: Any, until: Until, shown: Shown, engine: EmbeddedEngine
) -> None:
    async with start() as pilot:  # t-1 waits for t-2, t-3 is closed, and t-4 is somebody else's
        await engine.update_task("t-4", {"assignee": "ben"})
        await pilot.press("home", *["space"] * 4, "w")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "Claim 4 tasks of the 4 selected?" in shown(pilot.app)
        await pilot.press("y")
        await until(pilot, lambda: "1 task is in progress; not done" in said(pilot.app))
        assert rows(pilot.app).chosen == ("t-1", "t-3", "t-4")
        assert (await engine.get_task("t-2")).status == "in_progress"
        await pilot.press("u")
        await until(pilot, lambda: "1 task as before" in said(pilot.app))
        assert (await engine.get_task("t-2")).status == "open"
        assert (await engine.get_task("t-1")).version == 1


@pytest.mark.parametrize(("key", "word"), [("x", "completed"), ("E", "deleted")])
async def test_all_that_match_are_done_after_a_question_and_taken_back(
    start: Any, until: Until, shown: Shown, engine: EmbeddedEngine, key: str, word: str
) -> None:
    async with start() as pilot:
        await typed(pilot, until, "status:open")
        await until(pilot, lambda: rows(pilot.app).total == 3)
        await pilot.press("*", key)
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "3 tasks of all that match?" in shown(pilot.app)
        await pilot.press("n")
        await closed(pilot, until)
        assert await engine.count_tasks(status="open") == 3
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: f"3 tasks are {word}" in said(pilot.app))
        assert await engine.count_tasks(status="open") == 0
        await pilot.press("u")
        await until(pilot, lambda: "3 tasks as before" in said(pilot.app))
    assert await engine.count_tasks(status="open") == 3
    assert [link.target_id for link in await engine.get_links("t-1")] == ["t-2"]
