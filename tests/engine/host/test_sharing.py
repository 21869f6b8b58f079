"""Fronts on one data directory: the first owns it, the others do the same through it."""

from __future__ import annotations

import asyncio
import os
import stat
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import (
    CycleError,
    DataDirectoryError,
    DataDirectoryInUseError,
    InvalidInputError,
    OwnerUnreachableError,
    TaskNotFoundError,
    VersionConflictError,
    VesperaError,
)
from engine.host import join_engine, server, shared, sockets
from engine.host.lock import read_owner
from engine.host.opening import open_engine
from engine.host.owner import PROTOCOL, Owner
from engine.stores.triple_db_service import triple_db_lifespan
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from engine.service_config import ServiceConfiguration

    Join = Callable[..., AbstractAsyncContextManager[Any]]


async def test_both_see_and_do_the_same(join: Join) -> None:
    async with join() as first, join() as second:
        task = await second.create_task(TaskDraft("Write", id="w", tags=("a",)), actor="ana")
        assert await first.get_task("w") == await second.get_task("w") == task
        await first.create_task(TaskDraft("Read", id="r", depends_on=("w",)))
        assert await second.list_tasks(limit=5) == await first.list_tasks(limit=5)
        assert await second.get_links("r") == await first.get_links("r")
        ours, theirs = await first.operations(), await second.operations()
        assert ours == theirs
        assert len(ours) > 0
        assert (await second.status(parity=False)).tasks.total == 2
        exported = [item async for item in second.export_tasks()]
        assert exported == [item async for item in first.export_tasks()]
        assert [task.id for task, _ in exported] == ["r", "w"]


async def test_errors_are_those_of_the_engine(join: Join) -> None:
    async with join(), join() as engine:
        await engine.create_task(TaskDraft("a", id="a"))
        await engine.create_task(TaskDraft("b", id="b", depends_on=("a",)))
        with pytest.raises(CycleError) as cycle:
            await engine.add_dependency("a", "b")
        assert cycle.value.path == ("a", "b", "a")
        with pytest.raises(TaskNotFoundError):
            await engine.get_task("c")
        with pytest.raises(VersionConflictError) as conflict:
            await engine.update_task("a", {"title": "x"}, expected_version=7)
        assert (conflict.value.expected, conflict.value.found) == (7, 1)
        with pytest.raises(InvalidInputError, match="lone surrogate"):
            await engine.create_task(TaskDraft("a\ud800"))
        with pytest.raises(InvalidInputError, match="priority"):
            await engine.create_task(TaskDraft("a", priority="1"))  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            await engine.get_task("a", "b")
        with pytest.raises(AttributeError):
            await engine.nonsense()


async def test_an_error_nobody_foresaw_is_one_line_and_logged(
    config: ServiceConfiguration, join: Join, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_engine(config, services=False) as owner, join() as engine:

        async def broken(**_: object) -> None:
            raise OSError("the disk is on fire")

        owner.get_task = broken  # type: ignore[method-assign, assignment]
        with pytest.raises(VesperaError, match="unexpected OSError in the engine: the disk"):
            await engine.get_task("a")
        assert "call failed: get_task" in caplog.text
        assert (await engine.status(parity=False)).engine.unexpected_errors == {"calls": 1}
        assert await engine.list_tasks() == []


async def test_the_owner_says_who_it_is_and_who_is_attached(join: Join) -> None:
    told: list[Owner] = []
    async with (
        join("headless") as first,
        join("dashboard", on_owner=told.append) as second,
        join("mcp"),
    ):
        info = (await second.status(parity=False)).engine
        assert (info.mode, info.pid, info.fronts) == ("headless", os.getpid(), 2)
        assert (await first.status(parity=False)).engine.fronts == 2
        (owner,) = told
        assert (owner.mode, owner.pid, owner.protocol) == ("headless", os.getpid(), PROTOCOL)


async def test_only_this_user_reaches_the_socket(config: ServiceConfiguration, join: Join) -> None:
    async with join():
        owner, held = read_owner(config.data_dir)
        assert held
        assert owner is not None
        path = config.data_dir / "run" / "engine.sock"
        assert owner.socket == str(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()
    assert read_owner(config.data_dir)[1] is False


async def test_a_front_takes_over_when_the_owner_leaves(join: Join) -> None:
    told: list[Owner] = []
    async with join() as first, join("dashboard", on_owner=told.append) as second:
        await first.create_task(TaskDraft("a", id="a"))
        leaving = asyncio.create_task(_leave(first))
        assert (await second.get_task("a")).id == "a"
        await leaving
        await second.create_task(TaskDraft("b", id="b"))
        async with join() as third:
            assert len(await third.list_tasks()) == 2
        assert [owner.mode for owner in told] == ["library", "dashboard"]
        assert (await second.status(parity=False)).engine.mode == "dashboard"


async def _leave(engine: Any) -> None:
    await engine.close()


async def test_an_opening_that_nobody_foresaw_failing_is_counted_at_the_next(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "RETRY_SECONDS", 0.01)
    tries: list[str] = []
    opening = shared.open_engine

    def breaks_once(*args: Any, mode: str, **options: Any) -> Any:
        tries.append(mode)
        if len(tries) == 1:
            raise OSError("the disk is on fire")
        return opening(*args, mode=mode, **options)

    async with AsyncExitStack() as first:
        await first.enter_async_context(join())
        async with join() as second:
            monkeypatch.setattr(shared, "open_engine", breaks_once)
            await first.aclose()
            found: Any = None
            while found is None:
                with suppress(VesperaError):  # told to those who ask while it fails
                    found = await second.status(parity=False)
                await asyncio.sleep(0)
            assert found.engine.unexpected_errors == {"opening": 1}
            assert len(tries) == 2


async def test_a_call_under_way_goes_on_at_the_next_owner(join: Join) -> None:
    """It waits for a queue that nobody works on until the next owner has services."""
    async with join() as first, join("dashboard", services=True) as second:
        await second.configure_background_service("index_optimization", enabled=False)
        waiting = asyncio.create_task(second.drain_service("auto_embedding", seconds=0.0))
        assert await waiting == 0
        await first.schedule_operation("index_optimization", "optimize_indices", "x")
        idle = asyncio.create_task(second.wait_until_idle())
        await second.get_operation(1)  # it is after the other: that one is under way
        assert not idle.done()
        await first.close()
        report = await asyncio.wait_for(idle, 60)
        assert report.idle
        assert (await second.get_operation(1)).state == "completed"


async def test_cancelling_a_call_ends_it_at_the_owner(
    config: ServiceConfiguration, join: Join
) -> None:
    async with open_engine(config, services=False) as owner, join() as engine:
        await owner.create_task(TaskDraft("a"))
        waiting = asyncio.create_task(engine.wait_until_idle())
        await engine.list_tasks()
        assert owner.server is not None
        assert owner.server.calls == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        for _ in range(20_000):
            await owner.list_tasks()  # takes turns of the loop and of the readers' threads
            if not owner.server.calls:
                break
        assert owner.server.calls == 0


async def test_many_calls_at_once_share_the_line(join: Join) -> None:
    async with join(), join() as engine:
        await asyncio.gather(
            *(engine.create_task(TaskDraft(f"t{n}", id=f"t{n}")) for n in range(600))
        )
        assert len(await engine.list_tasks(limit=1000)) == 600


async def test_a_large_import_crosses(join: Join) -> None:
    async with join(), join() as engine:
        drafts = [(n, TaskDraft(f"t{n}", description="x" * 20_000)) for n in range(400)]
        drafts.append((400, TaskDraft("lone \ud800")))
        report = await engine.import_drafts(drafts)
        assert report.created == 400
        assert [line for line, _ in report.errors] == [400]


async def test_a_key_counts_wherever_the_call_comes_from(join: Join) -> None:
    async with join() as first, join() as second:
        one = await first.create_task(TaskDraft("a"), idempotency_key="k")
        assert await second.create_task(TaskDraft("a"), idempotency_key="k") == one
        with pytest.raises(InvalidInputError, match="used for another call"):
            await second.create_task(TaskDraft("b"), idempotency_key="k")


async def test_a_long_data_directory_has_its_socket_elsewhere(
    tmp_path: Path, config: ServiceConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "r"))
    (tmp_path / "r").mkdir()
    long = config.model_copy(update={"data_dir": tmp_path / ("n" * 120)})
    async with (
        join_engine(long, mode="library", services=False),
        join_engine(long, mode="library", services=False) as second,
    ):
        await second.create_task(TaskDraft("a"))
        owner, _ = read_owner(long.data_dir)
        assert owner is not None
        assert Path(owner.socket) in sockets.candidates(long.data_dir)
        assert len(owner.socket) <= sockets.LONGEST_PATH
    assert await asyncio.to_thread(Path(owner.socket).exists) is False


async def test_an_opening_that_fails_is_told(config: ServiceConfiguration, join: Join) -> None:
    config.data_dir.mkdir()
    (config.data_dir / "vespera.db").write_bytes(b"nonsense " * 1000)
    with pytest.raises(DataDirectoryError, match=r"vespera\.db"):
        async with join():
            pytest.fail("it opened")
    assert read_owner(config.data_dir)[1] is False


async def test_after_leaving_calls_are_refused(join: Join) -> None:
    async with join() as engine:
        pass
    with pytest.raises(DataDirectoryError):
        await asyncio.wait_for(engine.list_tasks(), 5)


async def test_the_python_service_attaches_too(config: ServiceConfiguration, join: Join) -> None:
    async with join() as owner, triple_db_lifespan(config) as service:
        success, task = await service.create_task("Write")
        assert success
        assert await owner.list_tasks() == [task]
        with pytest.raises(DataDirectoryInUseError, match="runs the services"):
            _ = service.manager
    async with triple_db_lifespan(config, enable_background_services=False) as service:
        assert service.manager.state == "open"


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Answers in this list are not sent: the line is cut instead, as by a kill after the commit."""
    cut: list[dict[str, Any]] = []
    send = server._Front.send

    async def sends(front: Any, message: dict[str, Any], *seconds: float) -> None:
        if "result" in message and cut:
            cut.append(message)
            if len(cut) > cut[0]["times"]:
                cut.clear()
            front.writer.transport.abort()
            return
        await send(front, message, *seconds)

    monkeypatch.setattr(server._Front, "send", sends)
    return cut


async def test_a_write_whose_answer_was_lost_is_not_done_again(
    join: Join, cut_off: list[dict[str, Any]]
) -> None:
    async with join() as owner, join() as engine:
        cut_off.append({"times": 2})
        task = await engine.create_task(TaskDraft("once"))
        assert cut_off == []
        assert await owner.list_tasks() == [task]
        cut_off.append({"times": 1})
        changed = await engine.update_task(task.id, {"title": "x"}, expected_version=1)
        assert changed.version == 2
        cut_off.append({"times": 1})
        report = await engine.import_drafts([(1, TaskDraft("without an id"))])
        assert report.created == 1
        assert len(await owner.list_tasks()) == 2


async def test_a_call_that_ends_owner_after_owner_is_given_up(
    join: Join, cut_off: list[dict[str, Any]]
) -> None:
    async with join(), join() as engine:
        cut_off.append({"times": 100})
        with pytest.raises(OwnerUnreachableError, match="5 owners in turn ended under get_links"):
            await engine.get_links("a")
        cut_off.clear()
        assert await engine.get_links("a") == []
