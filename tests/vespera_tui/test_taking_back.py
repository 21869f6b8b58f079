"""What can be taken back is, on a real store; and the guide says of each change what can be."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft
from vespera_tui.actions import ACTIONS
from vespera_tui.app import VesperaApp
from widgets.dialogs import Confirm, Menu
from widgets.service_card import ServiceCard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until

RING = (TaskDraft("A", id="a", depends_on=("b",)), TaskDraft("B", id="b", depends_on=("a",)))


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        await opened.import_drafts(list(enumerate(RING)))
        yield opened


@pytest.fixture
def start(engine: EmbeddedEngine, until: Until) -> Callable[..., Any]:
    @asynccontextmanager
    async def run() -> AsyncIterator[Pilot[None]]:
        @asynccontextmanager
        async def opened(**_: Any) -> AsyncIterator[EmbeddedEngine]:
            yield engine

        app = VesperaApp(opened, config_profile="development", refresh_per_second=10)
        app.animation_level = "none"
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await until(pilot, lambda: isinstance(app.focused, ServiceCard))
            yield pilot

    return run


async def said(pilot: Pilot[None], until: Until, words: str) -> None:
    app: Any = pilot.app
    await until(pilot, lambda: words in " ".join(note.message for note in app._notifications))
    app.clear_notifications()


async def paused(engine: EmbeddedEngine) -> set[str]:
    services = (await engine.status(parity=False)).services
    return {name for name, each in services.items() if each.status == "paused"}


async def test_resuming_is_taken_back_of_one_service_and_of_all(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    async with start() as pilot:
        app = pilot.app
        name = app.focused.model.name
        await pilot.press("z")
        await said(pilot, until, "is paused until it is resumed")
        await until(pilot, lambda: app.selected_service.status == "paused")
        await pilot.press("z")
        await said(pilot, until, "works again")
        await pilot.press("u")
        await said(pilot, until, "is paused until resumed")
        assert await paused(engine) == {name}
        await pilot.press("Z")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await said(pilot, until, "3 services are paused")
        await until(pilot, lambda: {each.status for each in app.services} == {"paused"})
        await pilot.press("Z")
        await said(pilot, until, "4 services at work again")
        await pilot.press("u")
        await said(pilot, until, "4 services are paused")
        assert len(await paused(engine)) == 4


async def test_a_trigger_is_taken_back_until_it_begins(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    async with start() as pilot:
        for late in (False, True):
            await pilot.press("t")
            await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
            await pilot.press("down", "enter")
            await said(pilot, until, "Check cycles: queued as operation")
            if late:
                running = await engine.manager.context.queue.claim("cycle_detection", 99)
                assert "full_cycle_check" in {each.kind for each in running}
            await pilot.press("u")
            await said(pilot, until, "it has begun" if late else "is cancelled; it had not begun")


async def test_putting_back_is_taken_back(start: Any, until: Until, engine: EmbeddedEngine) -> None:
    async with start() as pilot:
        await pilot.press("3")
        await until(pilot, lambda: pilot.app.here.place == "cycles")
        await until(pilot, lambda: pilot.app.here.selected_cut)
        await pilot.press("C")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await said(pilot, until, "cut ")
        assert not (await engine.cycles()).components
        await pilot.press("U")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("enter")
        await said(pilot, until, "put back")
        assert len((await engine.cycles()).components) == 1
        await pilot.press("u")
        await said(pilot, until, "again")
        assert not (await engine.cycles()).components


async def test_rebuilding_says_how_much_and_that_it_can_not_be_taken_back(
    start: Any, until: Until, shown: Shown
) -> None:
    async with start() as pilot:
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        text = " ".join(shown(pilot.app).replace("│", " ").split())
        assert re.search(r"\d+ nodes with their edges are made anew from the tasks", text)
        assert "It can't be taken back" in text


def test_the_guide_tells_of_every_change_what_is_asked_and_taken_back(
    pytestconfig: pytest.Config,
) -> None:
    page = (pytestconfig.rootpath / "docs" / "operations.md").read_text("utf-8")
    part = page.split("## What is asked first, and what can be taken back")[1].split("\n## ")[0]
    keys = [
        key
        for line in part.splitlines()
        if line.startswith("| `")
        for key in re.findall(r"`([^`]+)`", line.split("|")[1])
    ]
    assert sorted(set(keys)) == sorted(
        each.shown_key
        for each in ACTIONS
        if (each.changes or each.id == "mute") and each.id != "undo"
    )
