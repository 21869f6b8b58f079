"""Many processes on one data directory: one owns it, and when it goes another does.

Whatever was acknowledged is there, once. The full campaign is ``make test-slow``.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import time
from collections import Counter
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from engine.errors import OwnerStoppedError, OwnerUnreachableError, OwnerVersionError
from engine.host import sockets
from engine.host.lock import DirectoryLock, read_owner
from engine.host.owner import Owner
from engine.tasks import TaskDraft
from tests.engine.host.fronts import PROGRAM, FrontProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Any

    from engine.service_config import ServiceConfiguration

    Join = Callable[..., AbstractAsyncContextManager[Any]]


ENDLESS = 1_000_000


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., FrontProcess]]:
    with ExitStack() as stack:

        def started(mode: str, *numbers: int, wait: bool = False) -> FrontProcess:
            front = FrontProcess.start(tmp_path / "d", mode, *numbers)
            stack.callback(front.end)
            if not wait:
                front.go()
            return front

        yield started


def stored(tmp_path: Path) -> dict[str, str]:
    """Title by id of every task, read when no process has the store open."""
    with closing(sqlite3.connect(tmp_path / "d" / "vespera.db")) as connection:
        return dict(connection.execute("SELECT id, title FROM tasks"))


def owners(fronts: list[FrontProcess]) -> set[int]:
    return {pid for front in fronts for pid in front.values("owner")}


def test_of_twenty_processes_at_once_one_owns_and_the_others_attach(
    tmp_path: Path, start: Callable[..., FrontProcess]
) -> None:
    fronts = [start("dashboard", 1, 1) for _ in range(20)]
    for front in fronts:
        front.wait_until_said("done", seconds=170)
    (owner,) = owners(fronts)
    assert owner in {front.process.pid for front in fronts}
    for front in fronts:
        if front.process.pid != owner:
            front.process.kill()
    next(front for front in fronts if front.process.pid == owner).end()
    assert len(stored(tmp_path)) == 20


def check_nothing_lost_or_doubled(tmp_path: Path, fronts: list[FrontProcess], total: int) -> None:
    assert [front.values("error") for front in fronts] == [[]] * len(fronts)
    tasks = stored(tmp_path)
    assert [title for title, number in Counter(tasks.values()).items() if number > 1] == []
    told = {said["stored"]: said["title"] for f in fronts for said in f.said if "stored" in said}
    assert tasks == told
    assert len(tasks) >= total


def test_a_killed_owner_loses_and_doubles_nothing(
    tmp_path: Path, start: Callable[..., FrontProcess]
) -> None:
    owner = start("headless")
    owner.wait_until_said("done")
    fronts = [start(mode, 100) for mode in ("dashboard", "headless", "mcp")]
    for front in fronts:
        front.wait_until_said("stored", 10)
    owner.signal(signal.SIGKILL)
    for front in fronts:
        front.wait_until_said("done")
    assert len(owners(fronts)) == 2
    for front in fronts:
        front.end()
    check_nothing_lost_or_doubled(tmp_path, fronts, 300)


@pytest.mark.slow
@pytest.mark.parametrize("before", [50, 250, 500, 750, 950])
def test_a_thousand_creates_from_three_kinds_of_fronts_survive_a_kill(
    tmp_path: Path, start: Callable[..., FrontProcess], before: int
) -> None:
    """A dashboard's feed, a headless engine on stand-by, and an agent over MCP."""
    owner = start("headless")
    owner.wait_until_said("done")
    with ExitStack() as stack:
        program = str(PROGRAM.with_name("mcp_program.py"))
        agent = FrontProcess(program, str(tmp_path / "d"), str(ENDLESS))
        stack.callback(agent.end)
        fronts = [
            *(start(mode, ENDLESS, 2, wait=True) for mode in ("dashboard", "headless")),
            agent,
        ]
        for front in fronts:
            front.wait_until_said("owner")
        for front in fronts:
            front.go()
        create_until(fronts, before)
        owner.signal(signal.SIGKILL)
        killed = time.time()
        create_until(fronts, 1000)
        for front in fronts:
            front.go()
        for front in fronts:
            front.wait_until_said("done")
        agent.end()
    for front in fronts:
        front.end()
    taken = min(said["at"] for f in fronts for said in f.said if said.get("at", 0) > killed)
    print(f"taken over after {taken - killed:.2f} s")  # noqa: T201 - a figure of the campaign
    check_nothing_lost_or_doubled(tmp_path, fronts, 1000)


def create_until(fronts: list[FrontProcess], total: int) -> None:
    """Wait until there are so many, some more of each front among them."""
    before = [len(front.values("stored")) for front in fronts]
    for front, number in zip(fronts, before, strict=True):
        front.wait_until_said("stored", number + 5)
    while sum(len(front.values("stored")) for front in fronts) < total:
        fronts[0].wait_until_said("stored", len(fronts[0].values("stored")) + 1)


async def test_a_stopped_owner_is_recognised_and_left_alone(
    start: Callable[..., FrontProcess], join: Join, config: ServiceConfiguration
) -> None:
    owner = start("headless")
    owner.wait_until_said("done")
    async with join() as attached:
        await attached.create_task(TaskDraft("a", id="a"))
        owner.signal(signal.SIGSTOP)
        advice = f"process {owner.process.pid} .*is stopped; continue it: kill -CONT"
        with pytest.raises(OwnerStoppedError, match=advice):
            await attached.get_task("a")
        with pytest.raises(OwnerStoppedError, match=advice):
            async with join():
                pytest.fail("it opened")
        assert (config.data_dir / "run" / "engine.sock").is_socket()
        owner.signal(signal.SIGCONT)
        assert (await attached.get_task("a")).id == "a"
        assert attached.owner.pid == owner.process.pid


async def test_what_a_killed_owner_left_behind_is_no_obstacle(
    start: Callable[..., FrontProcess], join: Join, config: ServiceConfiguration
) -> None:
    owner = start("headless")
    owner.wait_until_said("done")
    owner.signal(signal.SIGKILL)
    owner.process.wait()
    left, held = read_owner(config.data_dir)
    assert left is not None
    assert (left.pid, held) == (owner.process.pid, False)
    assert (config.data_dir / "run" / "engine.sock").is_socket()
    async with join() as engine, join() as second:
        await second.create_task(TaskDraft("a"))
        assert engine.owner.pid == second.owner.pid == os.getpid()


async def test_a_stale_lock_that_names_a_live_process_is_no_obstacle(
    join: Join, config: ServiceConfiguration
) -> None:
    config.data_dir.mkdir()
    for text in (str(os.getppid()), "", "{half", Owner.here("headless").text() + "\n" * 5000):
        (config.data_dir / "engine.lock").write_text(text)
        async with join() as engine, join():
            assert engine.owner.pid == os.getpid()


async def test_only_the_holder_of_the_lock_removes_a_socket(
    join: Join, config: ServiceConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner listens but does not answer: it is not stopped, perhaps it is busy."""
    monkeypatch.setattr("engine.host.connection.GREETING_SECONDS", 1.0)
    lock = DirectoryLock(config.data_dir)
    lock.acquire()
    with closing(sockets.listen(config.data_dir)) as listening:
        path = listening.getsockname()
        lock.note(Owner(**{**_fields(Owner.here("headless")), "socket": path}))
        with pytest.raises(OwnerUnreachableError, match="does not answer; wait, or end it: kill"):
            async with join():
                pytest.fail("it opened")
        with closing(socket.socket(socket.AF_UNIX)) as again:
            again.connect(path)
    lock.release()


def _fields(owner: Owner) -> dict[str, Any]:
    return {name: getattr(owner, name) for name in Owner.__slots__}


async def test_an_owner_without_a_socket_says_why(
    join: Join, config: ServiceConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "candidates", lambda _: [])
    async with join() as engine:
        assert [event.kind for event in await engine.events()] == ["socket.unavailable"]
        with pytest.raises(OwnerUnreachableError, match="all paths are too long; end that one"):
            async with join():
                pytest.fail("it opened")


async def test_an_owner_from_before_there_was_a_socket_is_named(
    join: Join, config: ServiceConfiguration
) -> None:
    lock = DirectoryLock(config.data_dir)
    lock.acquire(Owner(4321))
    (config.data_dir / "engine.lock").write_text("4321")
    with pytest.raises(OwnerVersionError, match="process 4321 runs Vespera an earlier build"):
        async with join():
            pytest.fail("it opened")
    lock.release()
