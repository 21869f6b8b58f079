"""An empty store, the sample project, and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.vespera_tui.tasks_screen.keys import (
    DRAFTS,
    opens,
    rows,
)
from widgets.dialogs import Confirm, Menu, Prompt
from widgets.empty_state import EmptyState
from widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until


async def test_an_empty_store_invites_and_the_sample_project_is_brought_in(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start((), size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.screen.query_one(EmptyState).display)
        assert "bring in a file, or the sample project" in shown(pilot.app)
        await opens(pilot, until, "I", Menu)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "would be created" in shown(pilot.app)
        assert await engine.count_tasks() == 0
        await pilot.press("y")
        await until(pilot, lambda: rows(pilot.app).total > 10)
        assert rows(pilot.app).total == await engine.count_tasks()


async def test_a_file_that_is_not_there_is_named(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown, tmp_path: Path
) -> None:
    async with start() as pilot:
        for name, words in (("nothing.jsonl", "there is no such file"),):
            await opens(pilot, until, "I", Menu)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
            pilot.app.screen.query_one(SafeInput).value = str(tmp_path / name)
            await pilot.press("enter")
            await until(pilot, lambda words=words: words in shown(pilot.app))
        assert await engine.count_tasks() == len(DRAFTS)
