"""What comes to the socket from others than a front that behaves."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import OwnerUnreachableError, OwnerVersionError
from engine.host import greeting, owner, server, wire
from engine.host.connection import Connection
from engine.host.lock import read_owner
from engine.host.opening import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from engine.host.embedded import EmbeddedEngine
    from engine.host.owner import Owner

    Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def engine(config: ServiceConfiguration) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(config, services=False, mode="headless") as opened:
        yield opened


def owner_of(engine: EmbeddedEngine) -> Owner:
    found, held = read_owner(engine.manager.config.data_dir)
    assert found is not None
    assert held
    return found


@asynccontextmanager
async def line(engine: EmbeddedEngine, *, greet: bool = True) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_unix_connection(owner_of(engine).socket)
    try:
        if greet:
            hello = {"hello": greeting.hello(engine.manager.config.data_dir)}
            writer.write(wire.frame(hello))
            assert "hello" in await wire.receive(reader)
        yield reader, writer
    finally:
        writer.close()


async def ended(reader: asyncio.StreamReader) -> bool:
    return await asyncio.wait_for(reader.read(), 10) == b""


async def still_works(engine: EmbeddedEngine) -> bool:
    folder = engine.manager.config.data_dir
    connection = await Connection.open(owner_of(engine), folder)
    found = await connection.call("list_tasks", {}, "")
    await connection.close()
    return found == []


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff\xff\xff\xff",
        wire.HEADER.pack(3) + b"\xc1\xc1\xc1",
        wire.HEADER.pack(1) + b"\x01",
        wire.frame({"id": "x", "call": "list_tasks"}),
        wire.frame({"cancel": [1]}),
        wire.frame({"id": 1, "call": "list_tasks"}) * 2,
        wire.HEADER.pack(1000) + b"half",
    ],
)
@pytest.mark.parametrize("greet", [True, False])
async def test_what_is_no_request_ends_that_connection_alone(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, sent: bytes, greet: bool
) -> None:
    monkeypatch.setattr(server, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(server, "GREETING_SECONDS", 0.2)
    await engine.manager.context.tasks.counts()
    async with line(engine, greet=greet) as (reader, writer):
        writer.write(sent)
        await asyncio.wait_for(reader.read(), 10)
    assert await still_works(engine)
    assert engine.server is not None
    assert engine.server.waiting_bytes == 0


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"call": "nonsense"}, "no such call"),
        ({"call": "__init__"}, "no such call"),
        ({"call": "get_task", "args": {"other": 1}}, "get_task"),
        ({"call": "get_task", "args": 5}, "5"),
        ({"call": None}, "no such call"),
        ({}, "no such call"),
    ],
)
async def test_a_wrong_request_is_answered(
    engine: EmbeddedEngine, message: dict[str, Any], said: str
) -> None:
    async with line(engine) as (reader, writer):
        writer.write(wire.frame({"id": 1, **message}))
        answer = await wire.receive(reader)
        assert answer["id"] == 1
        assert said in answer["error"]["text"]
        writer.write(wire.frame({"id": 2, "call": "list_tasks"}))
        assert await wire.receive(reader) == {"id": 2, "result": []}


async def test_more_calls_than_allowed_end_the_connection(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_CALLS", 3)
    await engine.create_task(TaskDraft("waits for services"))
    async with line(engine) as (reader, writer):
        for number in range(4):
            writer.write(wire.frame({"id": number, "call": "wait_until_idle"}))
        assert await ended(reader)


async def test_requests_have_a_common_budget(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BUDGET", 1000)
    async with line(engine) as (reader, writer):
        draft = {"title": "t", "description": "x" * 2000}
        writer.write(wire.frame({"id": 1, "call": "create_task", "args": {"draft": draft}}))
        assert await ended(reader)
    assert await still_works(engine)


async def test_who_does_not_read_is_dropped_and_holds_up_nobody(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "DRAIN_SECONDS", 0.1)
    for n in range(20):
        await engine.create_task(TaskDraft(f"t{n}", description="x" * 100_000))
    async with line(engine) as (_, writer):
        for number in range(20):
            writer.write(wire.frame({"id": number, "call": "list_tasks"}))
        await writer.drain()
        folder = engine.manager.config.data_dir
        connection = await Connection.open(owner_of(engine), folder)
        assert len(await connection.call("list_tasks", {}, "")) == 20
        await connection.close()
        assert engine.server is not None
        while engine.server.fronts:  # noqa: ASYNC110 - the test's own limit ends it
            await asyncio.sleep(0.01)


async def test_an_answer_that_is_too_long_is_an_error_and_no_end(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.create_task(TaskDraft("t", description="x" * 2000))
    async with line(engine) as (reader, writer):
        monkeypatch.setattr(wire, "MAX_FRAME", 1000)
        writer.write(wire.frame({"id": 1, "call": "list_tasks"}))
        assert "too many to send at once" in (await wire.receive(reader))["error"]["text"]
        writer.write(wire.frame({"id": 2, "call": "list_tasks", "args": {"limit": 0}}))
        assert (await wire.receive(reader))["id"] == 2


async def test_too_many_fronts_are_refused(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 1)
    async with line(engine):
        with pytest.raises(OwnerUnreachableError, match="1 others are attached"):
            await Connection.open(owner_of(engine), engine.manager.config.data_dir)


async def test_another_user_is_refused(engine: EmbeddedEngine) -> None:
    assert engine.server is not None
    engine.server.allowed_uid = os.getuid() + 1
    with pytest.raises(OwnerUnreachableError, match=f"user {os.getuid()} is not user"):
        await Connection.open(owner_of(engine), engine.manager.config.data_dir)


ANOTHER_USER = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
line = socket.socket(socket.AF_UNIX)
try:
    line.connect(sys.argv[1])
except PermissionError:
    print("no way in")
else:
    print(line.recv(1000))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
async def test_another_user_meets_the_modes_and_then_the_check() -> None:
    # not in pytest's folder, which every run of pytest makes private again
    with tempfile.TemporaryDirectory() as place:
        config = ServiceConfiguration(data_dir=Path(place) / "d")
        async with open_engine(config, services=False) as engine:
            path = owner_of(engine).socket

            def attempt() -> str:
                words = [sys.executable, "-I", "-c", ANOTHER_USER, path]
                done = subprocess.run(words, capture_output=True, text=True, check=True)
                return done.stdout

            assert await asyncio.to_thread(attempt) == "no way in\n"
            await asyncio.to_thread(_open_the_way, Path(path), Path(place))
            assert "is not user 0, who owns it" in await asyncio.to_thread(attempt)
            assert await still_works(engine)


def _open_the_way(path: Path, place: Path) -> None:
    """What must not happen, so that the next guard is seen."""
    path.chmod(0o666)
    for folder in path.parents:
        folder.chmod(0o755)
        if folder == place:
            break


async def test_another_version_is_refused_with_what_to_do(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, folder = owner_of(engine), engine.manager.config.data_dir
    for name, value in (("program_version", lambda: "9.9"), ("PROTOCOL", 7)):
        with monkeypatch.context() as other:
            other.setattr(greeting, name, value)
            with pytest.raises(OwnerVersionError) as refused:
                await Connection.open(record, folder)
        text = str(refused.value)
        assert f"process {os.getpid()} runs Vespera {owner.program_version()}" in text
        assert f"kill {os.getpid()}, then start the newer one again: vespera-tui --head" in text


async def test_a_front_refuses_an_owner_of_another_version(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine.server is not None
    engine.server._owner = replace(engine.server._owner, version="0.0.1")
    monkeypatch.setattr(greeting, "refusal", lambda *_: None)
    with pytest.raises(OwnerVersionError, match=r"runs Vespera 0\.0\.1"):
        await Connection.open(owner_of(engine), engine.manager.config.data_dir)


async def test_the_engine_of_another_directory_is_refused(
    engine: EmbeddedEngine, tmp_path: Path
) -> None:
    with pytest.raises(OwnerUnreachableError, match=r"this is the engine of .*/d, not of .*/e"):
        await Connection.open(owner_of(engine), tmp_path / "e")
