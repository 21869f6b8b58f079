"""Screen 2 over a real store: the keys reach the queue, and what fails stays selected."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import VesperaError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from tests.vespera_tui.operations_keys import rows, typed
from vespera_tui.app import VesperaApp
from vespera_tui.console import ACTOR
from widgets.dialogs import Confirm
from widgets.operation_list import OperationList

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine
    from engine.operations import OperationFilter
    from tests.vespera_tui.conftest import Shown, Until


@asynccontextmanager
async def real(folder: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=folder), services=False) as engine:
        yield engine


async def test_the_keys_reach_a_real_store(until: Until, tmp_path: Path, shown: Shown) -> None:
    async with real(tmp_path / "data") as engine:
        for number in range(30):
            await engine.schedule_operation("auto_embedding", "embed_task", f"t-{number}")
        await engine.schedule_operation("incremental_sync", "sync_task", "t-1", delay=500.0)

        @asynccontextmanager
        async def opened(*, on_step: Any) -> AsyncIterator[EmbeddedEngine]:
            on_step("opened before")
            yield engine

        app = VesperaApp(opened, config_profile="production")
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await until(pilot, lambda: app.services)
            await pilot.press("2")
            await until(pilot, lambda: isinstance(app.focused, OperationList))
            await typed(pilot, until, "target:t-1*")
            await until(pilot, lambda: rows(app).total == 12)
            await pilot.press("*", "X")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
            assert "Cancel 12 operations of all that match?" in shown(app)
            await pilot.press("y")
            await until(pilot, lambda: "(u: undo)" in shown(app))
        cancelled = await engine.operations(state="cancelled")
        assert {each.key for each in cancelled} == {"t-1", *(f"t-{n}" for n in range(10, 20))}
        assert {each.detail for each in cancelled} == {f"cancelled by {ACTOR}"}


@pytest.mark.parametrize("breaks", [False, True])
async def test_of_three_the_one_that_fails_stays_selected(
    until: Until, tmp_path: Path, shown: Shown, breaks: bool
) -> None:
    async with real(tmp_path / "data") as engine:
        ids = [
            await engine.schedule_operation("auto_embedding", "embed_task", f"t-{n}")
            for n in range(3)
        ]
        given = Breaking(engine, ids[2]) if breaks else engine

        @asynccontextmanager
        async def opened(*, on_step: Any) -> AsyncIterator[Any]:
            on_step("opened before")
            yield given

        app = VesperaApp(opened, config_profile="production")
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await until(pilot, lambda: app.services)
            await pilot.press("2")
            await until(pilot, lambda: rows(app).total == 3)
            await until(pilot, lambda: isinstance(app.focused, OperationList))
            await pilot.press("space", "space", "space", "X")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
            if not breaks:  # it begins to run while the question is read
                await engine.manager.context.queue.claim("auto_embedding", 1)
            await pilot.press("y")
            words = "the disk is full" if breaks else "1 had moved on meanwhile and stay selected"
            await until(pilot, lambda: words in " ".join(n.message for n in app._notifications))
            left = (ids[2],) if breaks else (ids[0],)
            assert rows(app).chosen == left
            done = {each.id for each in await engine.operations(state="cancelled")}
            assert done == {*ids} - {*left}
            await pilot.press("u")
            await until(pilot, lambda: "2 operations are waiting as before" in shown(app))
        assert not await engine.operations(state="cancelled")


class Breaking:
    """A real engine that can't write when it comes to one operation."""

    def __init__(self, engine: EmbeddedEngine, number: int) -> None:
        self._engine, self._number = engine, number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def steer_operations(self, how: Any, which: OperationFilter, **options: Any) -> Any:
        if which.ids == (self._number,):
            raise VesperaError("the disk is full")
        return await self._engine.steer_operations(how, which, **options)
