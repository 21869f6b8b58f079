"""The owner's end of the socket: answers the calls of the fronts that attached.

No front can hold up another or grow this process without bound: a call is a task of its own, each
connection has a limited number of them, requests have a common budget of bytes, what is announced
must arrive in time, and who does not read its answers is dropped.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import aclosing, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError, VesperaError
from engine.host import calls, faults, greeting, sockets, wire
from engine.stores.idempotency import keyed

if TYPE_CHECKING:
    import socket
    from collections import Counter
    from collections.abc import AsyncGenerator

    from engine.api import EngineAPI
    from engine.host.owner import Owner

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 128
MAX_CALLS = 256
"""Calls of one front that may run at the same time; it keeps to that by itself."""
BUDGET = 2 * wire.MAX_FRAME
"""Bytes of all requests that are being read or answered."""
GREETING_SECONDS = 5.0
BODY_SECONDS = 30.0
"""How long an announced request may take to arrive."""
DRAIN_SECONDS = 60.0
"""How long a front may leave an answer unread."""
GRACE_SECONDS = 0.5
"""How long calls may go on when the owner leaves; the fronts repeat the others at the next."""


@dataclass(eq=False, slots=True)
class _Front:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    answering: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self, message: dict[str, Any], seconds: float | None = DRAIN_SECONDS) -> None:
        """Write a frame and wait until there is room again. Raises OSError, TimeoutError."""
        try:
            data = wire.frame(message)
        except InvalidInputError as error:  # it is too long, or nothing that can be sent
            data = wire.frame({"id": message.get("id"), "error": faults.to_plain(error)})
        async with self.sending, asyncio.timeout(seconds):
            self.writer.write(data)
            await self.writer.drain()


class EngineServer:
    """Serves ``engine`` to this user's processes, as ``owner``.

    Calls that end in an error that nobody foresaw are counted in ``unexpected``.
    """

    def __init__(
        self, engine: EngineAPI, owner: Owner, data_dir: Path, unexpected: Counter[str]
    ) -> None:
        self._engine, self._owner, self._data_dir = engine, owner, data_dir
        self._unexpected = unexpected
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._fronts: dict[_Front, asyncio.Task[None]] = {}
        self.waiting_bytes = 0
        """Of the requests that are being read or answered."""
        self.allowed_uid = os.getuid()

    @property
    def fronts(self) -> int:
        """How many connections there are."""
        return len(self._fronts)

    @property
    def calls(self) -> int:
        """How many calls of theirs are under way."""
        return sum(len(front.answering) for front in self._fronts)

    async def start(self) -> Path:
        """Listen; where. Only for who holds the lock. Raises OSError."""
        listening = sockets.listen(self._data_dir)
        self._path = Path(listening.getsockname())
        self._server = await asyncio.start_unix_server(self._connected, sock=listening)
        return self._path

    async def close(self) -> None:
        """Take no more calls, let those that run end shortly, remove the socket."""
        if self._server is None or self._path is None:
            return
        self._server.close()
        with suppress(FileNotFoundError):
            self._path.unlink()
        running = [task for front in self._fronts for task in front.answering.values()]
        if running:
            await asyncio.wait(running, timeout=GRACE_SECONDS)
        serving = list(self._fronts.values())
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        front, task = _Front(reader, writer), asyncio.current_task()
        assert task is not None  # noqa: S101 - start_unix_server runs this in a task
        self._fronts[front] = task
        try:
            if await self._greet(front):
                await self._serve(front)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            log.debug("a front is gone: %s: %s", type(error).__name__, error)
        except asyncio.CancelledError:
            pass  # the owner leaves; nobody awaits this task
        finally:
            del self._fronts[front]
            for answering in front.answering.values():
                answering.cancel()
            writer.close()

    async def _greet(self, front: _Front) -> bool:
        connected: socket.socket = front.writer.get_extra_info("socket")
        uid = sockets.peer_uid(connected)
        if uid != self.allowed_uid:
            why = f"user {uid} is not user {self.allowed_uid}, who owns it"
            await front.send({"refused": why}, GREETING_SECONDS)
            return False
        if self.fronts > MAX_CONNECTIONS:
            why = f"{MAX_CONNECTIONS} others are attached; close some"
            await front.send({"refused": why}, GREETING_SECONDS)
            return False
        async with asyncio.timeout(GREETING_SECONDS):
            hello = await wire.receive(front.reader, wire.MAX_GREETING)
        refusal = greeting.refusal(hello.get("hello"), self._owner, self._data_dir)
        if refusal is not None:
            await front.send(refusal, GREETING_SECONDS)
            return False
        await front.send({"hello": {**asdict(self._owner), "data_dir": str(self._data_dir)}})
        return True

    async def _serve(self, front: _Front) -> None:
        while True:
            size = await wire.length(front.reader)
            if self.waiting_bytes + size > BUDGET:
                raise ValueError("more requests at once than there is room for")
            self.waiting_bytes += size
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    message = await wire.body(front.reader, size)
                taken = self._take(front, message)
            except BaseException:
                self.waiting_bytes -= size
                raise
            taken.add_done_callback(partial(self._taken, size))

    def _taken(self, size: int, _: asyncio.Future[None]) -> None:
        self.waiting_bytes -= size

    def _take(self, front: _Front, message: dict[str, Any]) -> asyncio.Future[None]:
        """Start what a front wants; done when it is answered. Raises ValueError."""
        number = message.get("id", message.get("cancel"))
        if not isinstance(number, int):
            raise ValueError("a request without a number")  # noqa: TRY004 - a broken stream
        if "cancel" in message:
            if (running := front.answering.get(number)) is not None:
                running.cancel()
            return _done()
        if number in front.answering:
            raise ValueError("a request without a number of its own")
        if len(front.answering) >= MAX_CALLS:
            raise ValueError(f"more than {MAX_CALLS} calls at the same time")
        task = asyncio.create_task(self._answer(front, number, message))
        front.answering[number] = task
        task.add_done_callback(lambda _: front.answering.pop(number))
        return task

    async def _answer(self, front: _Front, number: int, message: dict[str, Any]) -> None:
        try:
            async with aclosing(self._replies(message)) as replies:
                async for reply in replies:
                    seconds = None if "item" in reply else DRAIN_SECONDS
                    await front.send({"id": number, **reply}, seconds)
        except (OSError, TimeoutError) as error:
            log.debug("an answer could not be delivered: %s: %s", type(error).__name__, error)
            front.writer.transport.abort()

    async def _replies(self, message: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        """What the call answers: a result, an error, or items and an end."""
        try:
            method = calls.method(str(message.get("call")))
            call = getattr(self._engine, method.name)
            arguments = method.decode(message.get("args") or {})
            if method.streams:
                async for item in call(**arguments):
                    yield {"item": item}
                yield {"end": True}
            else:
                with keyed(str(message["key"])) if message.get("key") else nullcontext():
                    result = await call(**arguments)
                yield {"result": result}
        except VesperaError as error:
            yield {"error": faults.to_plain(error)}
        except Exception as error:
            self._unexpected["calls"] += 1
            log.exception("a front's call failed: %s", message.get("call"))
            text = f"unexpected {type(error).__name__} in the engine: {error}; see its log"
            yield {"error": faults.to_plain(VesperaError(text))}


def _done() -> asyncio.Future[None]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done
