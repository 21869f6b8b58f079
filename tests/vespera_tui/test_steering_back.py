"""What was done to operations is taken back on a real store: they are as they were."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.host import open_engine
from engine.operations import Failed, OperationFilter, Steering
from engine.service_config import ServiceConfiguration
from vespera_tui.app import VesperaApp
from widgets.dialogs import Confirm
from widgets.error_list import ErrorList
from widgets.operation_list import OperationList

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Until

SERVICE = "auto_embedding"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        yield opened


@pytest.fixture
def start(engine: EmbeddedEngine, until: Until) -> Callable[..., Any]:
    @asynccontextmanager
    async def run(screen: str) -> AsyncIterator[Pilot[None]]:
        @asynccontextmanager
        async def opened(**_: Any) -> AsyncIterator[EmbeddedEngine]:
            yield engine

        app = VesperaApp(opened, config_profile="development", refresh_per_second=10)
        app.animation_level = "none"
        kind = {"2": OperationList, "4": ErrorList}[screen]
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await until(pilot, lambda: app.services)
            await pilot.press(screen)
            await until(pilot, lambda: isinstance(app.focused, kind) and app.focused.total)
            yield pilot

    return run


async def said(pilot: Pilot[None], until: Until, words: str) -> None:
    app: Any = pilot.app
    await until(pilot, lambda: words in " ".join(note.message for note in app._notifications))
    app.clear_notifications()


async def all_of(engine: EmbeddedEngine) -> list[object]:
    return [await engine.get_operation(each.id) for each in await engine.operations()]


async def fail(engine: EmbeddedEngine, *targets: str) -> None:
    """Let each of them fail for good with the same message."""
    queue = engine.manager.context.queue
    for target in targets:
        await engine.schedule_operation(SERVICE, "embed_task", target)
        (claimed,) = await queue.claim(SERVICE, 1)
        await queue.settle([(claimed, Failed("model: no answer", "File 'm.py'", permanent=True))])


async def confirmed(pilot: Pilot[None], until: Until, *keys: str) -> None:
    await pilot.press(*keys)
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
    await pilot.press("y")


@pytest.mark.parametrize("selecting", [["*"], ["space", "space"]])
async def test_what_was_put_off_or_held_back_waits_as_before(
    start: Any, until: Until, engine: EmbeddedEngine, selecting: list[str]
) -> None:
    later = engine.manager.clock.now() + 86_400.0
    await engine.schedule_operation(SERVICE, "embed_task", "t-1", delay=80_000, deadline=later)
    held = await engine.schedule_operation(SERVICE, "embed_task", "t-2")
    await engine.steer_operations(Steering.PAUSE, OperationFilter(ids=(held,)), actor="ann")
    before = await all_of(engine)
    async with start("2") as pilot:
        await confirmed(pilot, until, *selecting, "X")
        await said(pilot, until, "2 operations are cancelled")
        await pilot.press("u")
        await said(pilot, until, "2 operations are waiting as before")
        assert await all_of(engine) == before


async def test_a_cancel_that_came_too_late_to_take_back_says_so(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    for target in ("t-1", "t-2"):
        await engine.schedule_operation(SERVICE, "embed_task", target, delay=50.0)
    async with start("2") as pilot:
        await confirmed(pilot, until, "*", "X")
        await said(pilot, until, "2 operations are cancelled")
        await engine.schedule_operation(SERVICE, "embed_task", "t-1", actor="agent-7")
        await pilot.press("u")
        await said(pilot, until, "1 operation is waiting as before; 1 has moved on meanwhile")


async def test_what_failed_has_failed_again_as_before(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    await fail(engine, "t-1", "t-2")
    before, groups = await all_of(engine), await engine.error_groups()
    async with start("4") as pilot:
        await confirmed(pilot, until, "R")
        await said(pilot, until, "2 operations are queued again")
        assert not await engine.error_groups()
        await pilot.press("u")
        await said(pilot, until, "2 operations are as before the retry")
        assert await all_of(engine) == before
        assert await engine.error_groups() == groups
        await until(pilot, lambda: pilot.app.focused.total == 1)


async def test_a_retry_that_began_is_not_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    await fail(engine, "t-1", "t-2")
    async with start("4") as pilot:
        await confirmed(pilot, until, "R")
        await said(pilot, until, "2 operations are queued again")
        (begun,) = await engine.manager.context.queue.claim(SERVICE, 1)
        await pilot.press("u")
        await said(pilot, until, "1 operation is as before the retry; 1 has moved on meanwhile")
        operation = await engine.get_operation(begun.id)
        assert operation is not None
        assert operation.state == "running"


async def test_a_retry_says_of_how_many_an_equal_one_waits(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    await fail(engine, "t-1", "t-1", "t-2")
    before = await all_of(engine)
    async with start("4") as pilot:
        await confirmed(pilot, until, "R")
        await said(
            pilot,
            until,
            "2 operations are queued again; 1 is kept as cancelled: an equal one waits",
        )
        assert not await engine.error_groups()
        await pilot.press("u")
        await said(pilot, until, "3 operations are as before the retry")
        assert await all_of(engine) == before


async def test_one_of_which_an_equal_one_waits_is_kept_and_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine
) -> None:
    await fail(engine, "t-1")
    before = await all_of(engine)
    await engine.schedule_operation(SERVICE, "embed_task", "t-1")
    async with start("2") as pilot:
        await pilot.press("end", "R")
        await said(pilot, until, "is kept as cancelled: an equal one waits and does the work")
        await pilot.press("R")
        await said(pilot, until, "cancelled ones only while no equal one waits")
        await pilot.press("u")
        await said(pilot, until, "1 operation is as before the retry")
        assert (await all_of(engine))[1:] == before
