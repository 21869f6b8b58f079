from __future__ import annotations

from engine.operations import OperationFilter, Steering
from tests.conftest import FakeClock
from vespera_tui.demo import DemoEngine


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
    assert await engine.steer_operations(Steering.RETRY, every, actor="ada") > 0
    assert not await engine.operations(state="failed")
    assert (await engine.events(limit=1))[0].actor == "ada"
    await engine.pause_service("auto_embedding", actor="ada")
    assert (await engine.status()).services["auto_embedding"].status == "paused"
    await engine.resume_service("auto_embedding", actor="ada")
    await engine.configure_background_service("incremental_sync", enabled=False, actor="ada")
    services = (await engine.status()).services
    assert services["auto_embedding"].status == "running"
    assert services["incremental_sync"].status == "disabled"
