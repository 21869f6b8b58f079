from __future__ import annotations

import pytest

from engine.api import EngineAPI
from engine.errors import CycleError, InvalidInputError, TaskNotFoundError
from engine.operations import OperationFilter, Steering
from engine.snapshots import CycleCounts
from tests.conftest import FakeClock
from vespera_tui.demo import DemoEngine
from vespera_tui.demo.unplayed import NotPlayedError


async def busy(clock: FakeClock) -> DemoEngine:
    engine = DemoEngine(clock)
    await engine.catch_up()
    return engine


async def test_the_same_seed_makes_the_same_activity() -> None:
    first, second = await busy(FakeClock()), await busy(FakeClock())
    assert await first.operations(limit=5_000) == await second.operations(limit=5_000)
    assert await first.events(limit=300) == await second.events(limit=300)


async def test_there_is_something_of_everything_to_look_at(clock: FakeClock) -> None:
    engine = await busy(clock)
    seen = set()
    for _ in range(50):
        clock.advance(3)
        status = await engine.status()
        seen |= {service.status for service in status.services.values()}
        seen |= {row.state for row in await engine.operations(limit=5_000)}
        seen |= {alert.severity for alert in status.alerts}
    assert {"running", "degraded", "completed", "failed", "critical", "warning"} <= seen


async def test_a_long_pause_is_skipped(clock: FakeClock) -> None:
    engine = await busy(clock)
    await engine.catch_up()
    before = len(await engine.operations(limit=5_000))
    clock.advance(100_000)
    await engine.catch_up()
    assert 0 <= len(await engine.operations(limit=5_000)) - before < 200


async def test_what_is_steered_has_its_effect(clock: FakeClock) -> None:
    engine = await busy(clock)
    every = OperationFilter(state="failed")
    assert await engine.steer_operations(Steering.RETRY, every, actor="ada")
    assert not await engine.operations(state="failed")
    assert (await engine.events(limit=1))[0].actor == "ada"
    await engine.pause_service("auto_embedding", actor="ada")
    assert (await engine.status()).services["auto_embedding"].status == "paused"
    await engine.resume_service("auto_embedding", actor="ada")
    await engine.configure_background_service("incremental_sync", enabled=False, actor="ada")
    services = (await engine.status()).services
    assert services["auto_embedding"].status == "running"
    assert services["incremental_sync"].status == "disabled"


async def test_a_call_that_is_not_played_raises(clock: FakeClock) -> None:
    engine = await busy(clock)
    with pytest.raises(NotPlayedError, match="import_drafts is not part of it"):
        await engine.import_drafts([])
    with pytest.raises(NotPlayedError, match="subscribe"):
        engine.subscribe()
    calls = {name for name in vars(EngineAPI) if not name.startswith("_")}
    assert all(callable(getattr(engine, name)) for name in calls)


async def test_its_cycles_are_those_of_its_tasks_and_are_cut_and_put_back(
    clock: FakeClock,
) -> None:
    engine = await busy(clock)
    large, small = (await engine.cycles()).components
    assert (len(large.tasks), len(small.tasks)) == (7, 3)
    assert (await engine.status()).cycles == CycleCounts(2, 10)
    assert large.suggested_cut.reason.startswith("breaks 6 of 6 cycles, frees 7 of 7 tasks")
    (waiter, waited_for, kind) = large.cuts[0].from_, large.cuts[0].to, large.cuts[0].kind
    before = await engine.get_links(waiter)
    done = await engine.apply_cut(large.id, actor="ada")
    assert done.links == ((waiter, waited_for, kind),)
    assert [each.id for each in (await engine.cycles()).components] == [small.id]
    with pytest.raises(InvalidInputError, match="no cycle alive"):
        await engine.apply_cut(large.id)
    with pytest.raises(InvalidInputError, match="not all of these links"):
        await engine.apply_cut(edges=done.links)
    await engine.undo_cut(done.id, actor="ben")
    assert {*await engine.get_links(waiter)} == {*before}
    assert (await engine.cycles()).components == (large, small)
    assert (await engine.cycle_cuts())[0].undone_by == "ben"
    with pytest.raises(InvalidInputError, match="put back already"):
        await engine.undo_cut(done.id)


async def test_a_link_that_would_close_a_cycle_is_refused_with_the_way_round(
    clock: FakeClock,
) -> None:
    engine = await busy(clock)
    link = next(each for each in engine.board.links if each.created_by == "ada")
    with pytest.raises(CycleError) as caught:
        await engine.add_dependency(link.target_id, link.task_id)
    assert caught.value.path == (link.target_id, link.task_id, link.target_id)
    with pytest.raises(TaskNotFoundError):
        await engine.add_dependency(link.target_id, "bd-none")


async def test_errors_go_back_for_hours_and_some_had_all_their_attempts(clock: FakeClock) -> None:
    engine = await busy(clock)
    groups = await engine.error_groups()
    assert len(groups) >= 4
    assert clock.now() - min(group.first_at for group in groups) > 10 * 3_600
    failed = await engine.operations(state="failed", limit=500)
    assert any(len(each.history) == each.max_attempts > 1 for each in failed)
