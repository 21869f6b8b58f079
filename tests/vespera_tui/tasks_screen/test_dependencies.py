"""Dependencies are made, refused, removed and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.vespera_tui.tasks_screen.keys import (
    closed,
    on,
    opens,
    said,
    states,
)
from widgets.dialogs import Menu
from widgets.picker import Picker

if TYPE_CHECKING:
    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until


async def test_a_dependency_is_made_with_a_search_and_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-4")
        await opens(pilot, until, "b", Picker)
        await pilot.press(*"hull")
        await until(pilot, lambda: "t-2  Build the hull" in shown(pilot.app))
        await until(pilot, lambda: "t-1  Deploy" not in shown(pilot.app))
        await pilot.press("enter")
        await closed(pilot, until)
        await until(pilot, lambda: "t-4 waits for t-2 now" in shown(pilot.app))
        assert ("t-4", "t-2") in {(x.task_id, x.target_id) for x in await engine.get_links("t-4")}
        await until(pilot, lambda: states(pilot.app)["t-4"] == "blocked")
        await pilot.press("u")
        await until(pilot, lambda: states(pilot.app)["t-4"] == "ready")
        assert await engine.get_links("t-4") == []


async def test_a_cycle_is_refused_with_its_path(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-2")
        await opens(pilot, until, "b", Picker)
        await pilot.press(*"t-1")
        await until(pilot, lambda: "t-1  Deploy the station" in shown(pilot.app))
        await until(pilot, lambda: "t-4  Read" not in shown(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "refused" in said(pilot.app))
        assert "t-2 → t-1 → t-2" in said(pilot.app)
        assert len(await engine.get_links("t-2")) == 1


async def test_a_dependency_is_removed_and_put_back(
    start: Any, until: Until, engine: EmbeddedEngine, shown: Shown
) -> None:
    async with start() as pilot:
        await on(pilot, until, "t-1")
        await opens(pilot, until, "B", Menu)
        assert "waits for t-2" in shown(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: "t-1 no longer waits for t-2" in shown(pilot.app))
        assert await engine.get_links("t-1") == []
        await pilot.press("u")
        await until(pilot, lambda: "t-1 waits for t-2 again" in shown(pilot.app))
        assert len(await engine.get_links("t-1")) == 1
        await on(pilot, until, "t-4")
        await pilot.press("B")
        await until(pilot, lambda: "t-4 has no link to remove" in shown(pilot.app))
