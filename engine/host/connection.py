"""A front's end of the socket: calls by number, each answer to the one that asked."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import OwnerStoppedError, OwnerUnreachableError, OwnerVersionError
from engine.host import faults, greeting, sockets, wire
from engine.host.owner import PROTOCOL, Owner, program_version
from engine.host.server import GREETING_SECONDS, MAX_CALLS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""How long an answer may take before it is looked whether the owner was stopped."""


class OwnerGoneError(Exception):
    """The owner ended, or closed the connection: the call may be repeated at the next one."""


T = TypeVar("T")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _reach(path: Path, expected_uid: int) -> Streams:
    """A connection to the socket. Raises OwnerGoneError when nobody serves it."""
    try:
        streams = await asyncio.open_unix_connection(str(path))
    except PermissionError as error:
        raise OwnerUnreachableError(f"{path} belongs to another user") from error
    except OSError as error:
        raise OwnerGoneError(f"{path}: {error.strerror}") from error
    uid = sockets.peer_uid(streams[1].get_extra_info("socket"))
    if uid != expected_uid:
        streams[1].close()
        raise OwnerUnreachableError(f"{path} is served by user {uid}, not by you")
    return streams


async def _greeted(streams: Streams, owner: Owner, data_dir: Path) -> Owner:
    reader, writer = streams
    try:
        writer.write(wire.frame({"hello": greeting.hello(data_dir)}))
        await writer.drain()
        answer = await _patiently(wire.receive(reader, wire.MAX_GREETING), owner, GREETING_SECONDS)
    except TimeoutError:
        raise OwnerUnreachableError(
            f"{owner} owns {data_dir} but does not answer; wait, or end it: kill {owner.pid}"
        ) from None
    except ValueError as error:
        raise OwnerVersionError(greeting.versions_differ(owner, greeting.mine())) from error
    except (OSError, EOFError) as error:
        raise OwnerGoneError(str(error)) from error
    if "refused" in answer:
        kind = OwnerVersionError if answer.get("version") else OwnerUnreachableError
        raise kind(str(answer["refused"]))
    found = Owner.of(answer.get("hello"))
    if found is None or (found.version, found.protocol) != (program_version(), PROTOCOL):
        raise OwnerVersionError(greeting.versions_differ(found or owner, greeting.mine()))
    return found


async def _patiently(answer: Awaitable[T], owner: Owner, seconds: float | None = None) -> T:
    """What is awaited. Raises OwnerStoppedError when the owner can't answer, TimeoutError."""
    waiting = asyncio.ensure_future(answer)
    passed = 0.0
    try:
        while not (await asyncio.wait({waiting}, timeout=PATIENCE_SECONDS))[0]:
            passed += PATIENCE_SECONDS
            if await asyncio.to_thread(lambda: owner.stopped):
                raise OwnerStoppedError(greeting.stopped(owner))
            if seconds is not None and passed >= seconds:
                raise TimeoutError
        return waiting.result()
    finally:
        waiting.cancel()


class Connection:
    """To an owner that greeted back; :meth:`open` makes one."""

    def __init__(self, streams: Streams, owner: Owner, data_dir: Path, path: Path) -> None:
        self.owner = owner
        self._path, self._data_dir = path, data_dir
        self._reader, self._writer = streams
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._slots = asyncio.Semaphore(MAX_CALLS - 1)  # an answer may cross the next call
        self.gone = asyncio.Event()
        """Set when the owner ended or hung up."""
        self._listening = asyncio.create_task(self._listen(), name="answers of the owner")

    @classmethod
    async def open(cls, owner: Owner, data_dir: Path) -> Connection:
        """Attach to ``owner``.

        Raises OwnerGoneError when nobody serves its socket, DataDirectoryInUseError when it can't
        be attached to.
        """
        path = Path(owner.socket)
        streams = await _reach(path, os.getuid())
        try:
            found = await _greeted(streams, owner, data_dir)
        except BaseException:
            streams[1].close()
            raise
        return cls(streams, found, data_dir, path)

    async def close(self) -> None:
        """Hang up."""
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening

    async def call(self, name: str, arguments: dict[str, Any], key: str) -> Any:
        """The plain result of a call. Raises OwnerGoneError, or what the engine raised."""
        number = next(self._numbers)
        message = wire.frame({"id": number, "call": name, "args": arguments, "key": key})
        async with self._slots:
            answer = await self._asked(number, message)
        if "error" in answer:
            raise faults.from_plain(answer["error"])
        return answer.get("result")

    async def _asked(self, number: int, message: bytes) -> dict[str, Any]:
        if self.gone.is_set():
            raise OwnerGoneError
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(message)
            await self._writer.drain()
            answer: dict[str, Any] = await _patiently(future, self.owner)
        except OSError as error:
            self.gone.set()
            raise OwnerGoneError(str(error)) from error
        finally:
            del self._waiting[number]
            if not future.done() or future.cancelled():
                self._give_up(number)
        return answer

    def _give_up(self, number: int) -> None:
        if not self.gone.is_set():
            self._writer.write(wire.frame({"cancel": number}))

    async def _listen(self) -> None:
        try:
            while True:
                answer = await wire.receive(self._reader)
                waiting = self._waiting.get(int(answer["id"]))
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            log.debug("the owner is gone: %s: %s", type(error).__name__, error)
        finally:
            self.gone.set()
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(OwnerGoneError())
            self._writer.close()

    async def stream(self, name: str, arguments: dict[str, Any]) -> AsyncGenerator[Any]:
        """The plain items of a call that streams, on a connection of their own.

        So a reader that is slow holds up nobody: the kernel's buffer fills, and the owner waits.
        Raises OwnerGoneError, or what the engine raised.
        """
        async with _own_line(self._path, self.owner, self._data_dir) as (reader, writer):
            try:
                writer.write(wire.frame({"id": 1, "call": name, "args": arguments}))
                await writer.drain()
                while "end" not in (answer := await wire.receive(reader)):
                    if "error" in answer:
                        raise faults.from_plain(answer["error"])
                    yield answer["item"]
            except (OSError, EOFError) as error:
                raise OwnerGoneError(str(error)) from error


@asynccontextmanager
async def _own_line(path: Path, owner: Owner, data_dir: Path) -> AsyncIterator[Streams]:
    streams = await _reach(path, os.getuid())
    try:
        await _greeted(streams, owner, data_dir)
        yield streams
    finally:
        streams[1].close()
