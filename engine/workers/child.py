"""A child process that answers calls: started when needed, killed when it hangs, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import sys
from collections import deque
from typing import TYPE_CHECKING, Any

from engine.clock import SystemClock
from engine.errors import (
    ModelUnavailableError,
    StoreUnavailableError,
    WorkerDiedError,
    WorkerError,
    WorkerTimeoutError,
)
from engine.workers import frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.clock import Clock

QUICK_DEATH_SECONDS = 30.0
QUICK_DEATHS_ALLOWED = 3
LONGEST_BACKOFF = 60.0
_DOWN = {kind.__name__: kind for kind in (ModelUnavailableError, StoreUnavailableError)}


class _Life:
    """One run of the process: its streams, its pending calls, the tasks that read it."""

    def __init__(self, process: asyncio.subprocess.Process, tail: deque[str]) -> None:
        self.process, self.tail = process, tail
        self.pending: dict[int, asyncio.Future[Any]] = {}
        self.why = ""
        self.over = asyncio.create_task(self._live())

    async def _live(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 - opened as a pipe
        assert self.process.stderr is not None  # noqa: S101 - opened as a pipe
        drain = asyncio.create_task(self._drain(self.process.stderr))
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._settle(await frames.receive(self.process.stdout))
        await drain
        code = await self.process.wait()
        self._fail(self.why or _ending(code, self.tail))

    async def _drain(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(65536):
            for line in chunk.decode(errors="replace").splitlines():
                shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
                self.tail.append(shown[:500])

    def _settle(self, reply: dict[str, Any]) -> None:
        future = self.pending.pop(reply["id"], None)
        if future is None or future.done():  # its caller was cancelled
            return
        if "down" in reply:
            kind, dependency, reason = reply["down"]
            future.set_exception(_DOWN[kind](dependency, reason))
        elif "error" in reply:
            future.set_exception(WorkerError(reply["error"], reply["traceback"]))
        else:
            future.set_result(reply["result"])

    def _fail(self, message: str) -> None:
        for future in self.pending.values():
            if not future.done():
                future.set_exception(WorkerDiedError(message))
        self.pending.clear()

    def kill(self, why: str) -> None:
        """End it now; pending calls are told why."""
        self.why = why
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()


def _ending(code: int, tail: deque[str]) -> str:
    how = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
    last = f": {tail[-1]}" if tail else ""
    return f"the process ended with {how}{last}"


class ChildProcess:
    """``python -m module args``, spoken to through frames on its standard streams."""

    def __init__(
        self,
        name: str,
        module: str,
        args: Sequence[str] = (),
        *,
        clock: Clock | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._command = [sys.executable, "-P", "-m", module, *args]
        self._clock = clock or SystemClock()
        self._env = env
        self._life: _Life | None = None
        self._starting = asyncio.Lock()
        self._numbers = itertools.count()
        self._started_at = 0.0
        self._quick_deaths = 0
        self.starts = 0
        self._tail: deque[str] = deque(maxlen=50)

    @property
    def pid(self) -> int | None:
        """Its process id; None when it does not run."""
        return self._life.process.pid if self.running and self._life else None

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._life is not None and not self._life.over.done()

    @property
    def stderr_tail(self) -> list[str]:
        """The last lines it wrote to its standard error."""
        return list(self._tail)

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        seconds: float,
        urgent: bool = False,
    ) -> Any:
        """The result of ``method(**params)`` in the child.

        Past ``seconds`` the child is killed and WorkerTimeoutError raised; WorkerDiedError when it
        ends meanwhile; a DependencyDownError or WorkerError as the child reports it.
        """
        life = await self._alive()
        number = next(self._numbers)
        future = life.pending[number] = asyncio.get_running_loop().create_future()
        frame = frames.pack(
            {"id": number, "method": method, "params": dict(params or {}), "urgent": urgent}
        )
        try:
            async with asyncio.timeout(seconds):
                await self._send(life, frame)
                return await future
        except TimeoutError:
            life.pending.pop(number, None)
            life.kill(f"{self.name} was killed: {method} took longer than {seconds:g} s")
            await life.over
            raise WorkerTimeoutError(
                f"{self.name}: {method} took longer than {seconds:g} s and was stopped"
            ) from None
        finally:
            life.pending.pop(number, None)

    async def _send(self, life: _Life, frame: bytes) -> None:
        assert life.process.stdin is not None  # noqa: S101 - opened as a pipe
        try:
            life.process.stdin.write(frame)
            await life.process.stdin.drain()
        except ConnectionError:  # it just ended: the future is told so
            await life.over

    async def _alive(self) -> _Life:
        async with self._starting:
            if self._life is not None and not self._life.over.done():
                return self._life
            self._check_backoff()
            return await self._start()

    def _check_backoff(self) -> None:
        if self._life is None:
            return
        now = self._clock.monotonic()
        quick = now - self._started_at < QUICK_DEATH_SECONDS
        if not quick:
            self._quick_deaths = 0
        if self._quick_deaths > QUICK_DEATHS_ALLOWED:
            wait = min(2.0**self._quick_deaths, LONGEST_BACKOFF)
            if now < self._started_at + wait:
                raise WorkerDiedError(
                    f"{self.name} keeps ending; it is started again within {wait:.0f} s."
                    f" Last words: {self._tail[-1] if self._tail else 'none'}"
                )

    async def _start(self) -> _Life:
        self._started_at = self._clock.monotonic()
        self._quick_deaths += self.starts > 0
        self.starts += 1
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(self._env) if self._env is not None else None,
        )
        self._life = _Life(process, self._tail)
        return self._life

    async def stop(self, seconds: float = 5.0) -> None:
        """Close its input, on which it ends by itself; kill it if it does not in ``seconds``."""
        life = self._life
        if life is None:
            return
        if life.process.stdin is not None:
            life.process.stdin.close()
        life.why = f"{self.name} was stopped"
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(life.over)
        except TimeoutError:
            life.kill(f"{self.name} was stopped")
            await life.over
