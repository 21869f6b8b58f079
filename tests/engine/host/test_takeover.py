"""Many processes on one data directory: one owns it, and when it goes another does.

Whatever was acknowledged is there, once. The full campaign is ``make test-slow``.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from collections import Counter
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from engine.errors import OwnerStoppedError, OwnerUnreachableError, OwnerVersionError
from engine.host import sockets
from engine.host.lock import DirectoryLock, read_owner
from engine.host.owner import Owner
from engine.tasks import TaskDraft
from tests.engine.host.fronts import FrontProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Any

    from engine.service_config import ServiceConfiguration

    Join = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., FrontProcess]]:
    with ExitStack() as stack:

        def started(mode: str, count: int = 0) -> FrontProcess:
            front = FrontProcess.start(tmp_path / "d", mode, count)
            stack.callback(front.end)
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
    fronts = [start("dashboard", 1) for _ in range(20)]
    for front in fronts:
        front.wait_until_said("done", seconds=170)
    (owner,) = owners(fronts)
    assert owner in {front.process.pid for front in fronts}
    for front in fronts:
        if front.process.pid != owner:
            front.process.kill()
    next(front for front in fronts if front.process.pid == owner).end()
    assert len(stored(tmp_path)) == 20


def kill_under_creates(
    tmp_path: Path, start: Callable[..., FrontProcess], each: int, kills: int
) -> list[FrontProcess]:
    """Three fronts create; the owner is killed again and again; the fronts that are left."""
    owner = start("headless")
    owner.wait_until_said("done")
    fronts = [start(mode, each) for mode in ("dashboard", "headless", "mcp")]
    spare = [start("library") for _ in range(kills - 1)]
    for front in [*fronts, *spare]:
        front.wait_until_said("owner")
    writing = fronts
    for number in range(kills):
        share = each * (number + 1) // (kills + 2)
        writing[0].wait_for(lambda front, n=share: len(front.values("stored")) >= n)  # type: ignore[misc]
        owner.signal(signal.SIGKILL)
        for front in writing:
            front.wait_until_said("owner", number + 2)
        taken = writing[0].values("owner")[-1]
        owner = next(f for f in [*fronts, *spare] if f.process.pid == taken)
    return fronts


def check_nothing_lost_or_doubled(tmp_path: Path, fronts: list[FrontProcess], each: int) -> None:
    tasks = stored(tmp_path)
    titles = Counter(tasks.values())
    assert [title for title, number in titles.items() if number > 1] == []
    for front in fronts:
        for said in list(front.said):
            if "stored" in said:
                assert tasks[said["stored"]] == said["title"]
    assert sum(len(front.values("stored")) for front in fronts) == each * len(fronts)
    assert len(tasks) == each * len(fronts)


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
    check_nothing_lost_or_doubled(tmp_path, fronts, 100)


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
