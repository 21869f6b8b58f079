"""A child process that answers calls: started when needed, killed when it hangs, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.clock import SystemClock
from engine.errors import (
    ModelUnavailableError,
    StoreDamagedError,
    StoreUnavailableError,
    WorkerDiedError,
    WorkerError,
    WorkerTimeoutError,
)
from engine.workers import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.clock import Clock

QUICK_DEATH_SECONDS = 30.0
"""A life shorter than this counts towards the backoff."""
STABLE_SECONDS = 60.0
"""A life of this length forgives the quick deaths before it."""
QUICK_DEATHS_ALLOWED = 3
LONGEST_BACKOFF = 60.0
GRACE_SECONDS = 2.0
"""How long a process may take to end after its last word, and its stderr after that."""
TAIL_LINES, LINE_LENGTH = 50, 500
CHUNK, FLOOD_SECONDS = 65536, 0.02
_DOWN = {
    kind.__name__: kind
    for kind in (ModelUnavailableError, StoreDamagedError, StoreUnavailableError)
}


@dataclass(slots=True)
class _Pending:
    """A call that waits for its reply; its time counts from its turn in the child."""

    future: asyncio.Future[Any]
    seconds: float
    timer: asyncio.Timeout

    def count(self, now: float) -> None:
        self.timer.reschedule(now + self.seconds)

    def count_not(self) -> None:
        self.timer.reschedule(None)


class _Life:
    """One run of the process: its streams, its pending calls, the task that reads it."""

    def __init__(
        self,
        name: str,
        process: asyncio.subprocess.Process,
        tail: deque[str],
        on_end: Callable[[_Life], None],
    ) -> None:
        self.name, self.process, self.tail = name, process, tail
        self.pending: dict[int, _Pending] = {}
        self.begun: int | None = None
        """The call that the child works on; the others wait for it, with no time counted."""
        self.why = ""
        self.stopping = False
        self._on_end = on_end
        self.over = asyncio.create_task(self._live(), name=f"{name}-child")

    async def _live(self) -> None:
        assert self.process.stderr is not None  # noqa: S101 - opened as a pipe
        drain = asyncio.create_task(self._drain(self.process.stderr))
        await self._read()
        exited = asyncio.create_task(self.process.wait())
        await asyncio.wait({exited}, timeout=GRACE_SECONDS)
        self._signal_group()  # it, if it still runs, and whatever it started
        await asyncio.wait({exited}, timeout=GRACE_SECONDS)
        if not exited.done():  # a process that left the group still holds its pipes open
            self.process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - asyncio has no public way to let go of them
        code = await exited
        await asyncio.wait({drain}, timeout=GRACE_SECONDS)
        drain.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await drain
        self._on_end(self)
        self._fail(self.why or _ending(code))

    async def _read(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 - opened as a pipe
        try:
            while True:
                self._settle(await frames.receive(self.process.stdout))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except (ValueError, LookupError, TypeError) as error:
            self.kill(f"it sent what is not a reply ({error}) and was killed")

    async def _drain(self, stream: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await stream.read(CHUNK):
            *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
            self.tail.extend(_shown(line) for line in lines[-TAIL_LINES:] if line.strip())
            rest = rest[-4 * LINE_LENGTH :]  # a line without an end must not fill the memory
            if len(chunk) == CHUNK:  # a flood must not hold the loop: its writer waits
                await asyncio.sleep(FLOOD_SECONDS)
        if rest.strip():
            self.tail.append(_shown(rest))

    def _settle(self, reply: dict[str, Any]) -> None:
        if "begun" in reply:
            self._turn_of(reply["id"])
            return
        self._turn_of(None)
        call = self.pending.pop(reply["id"], None)
        future = None if call is None else call.future
        if future is None or future.done():  # its caller was cancelled
            return
        if "down" in reply and reply["down"][0] in _DOWN:
            kind, dependency, reason = reply["down"]
            future.set_exception(_DOWN[kind](dependency, reason))
        elif "result" in reply:
            future.set_result(reply["result"])
        else:
            text = reply.get("error") or ": ".join(reply["down"])
            future.set_exception(
                WorkerError(f"{self.name}: {text}", str(reply.get("traceback", "")))
            )

    def _turn_of(self, number: int | None) -> None:
        """The child began that call; or ended one, and will begin the next at once."""
        self.begun = number
        now = asyncio.get_running_loop().time()
        for other, call in self.pending.items():
            if call.timer.expired() or call.future.done():
                continue
            if number is None or other == number:
                call.count(now)
            else:
                call.count_not()

    def _fail(self, why: str) -> None:
        last = f": {self.tail[-1]}" if self.tail else ""
        for call in self.pending.values():
            if not call.future.done():
                error = WorkerDiedError(f"{self.name}: {why}{last}", "\n".join(self.tail))
                call.future.set_exception(error)
        self.pending.clear()

    def _signal_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # gone; gone, on macOS
            os.killpg(self.process.pid, signal.SIGKILL)

    def kill(self, why: str) -> None:
        """End it and all it started now; pending calls are told why."""
        self.why = self.why or why
        self._signal_group()


def _shown(line: bytes) -> str:
    text = line.decode(errors="replace")[:LINE_LENGTH].strip()
    return "".join(c if c.isprintable() else _picture(c) for c in text)


def _picture(character: str) -> str:
    code = ord(character)  # U+2400 and up are pictures of the control characters
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"  # noqa: PLR2004 - the first printable one


def _ending(code: int) -> str:
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:  # a real-time signal
        name = str(-code)
    return f"it was ended by signal {name}"


class ChildProcess:
    """``python -m module args``, spoken to through frames on its standard streams.

    It leads a process group of its own, so that what it starts ends with it. ``env`` replaces the
    whole environment; None hands on that of this process.
    """

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
        self._env = dict(env) if env is not None else None
        self._life: _Life | None = None
        self._changing = asyncio.Lock()
        self._numbers = itertools.count()
        self._started_at = self._ended_at = 0.0
        self._quick_deaths = 0
        self._starts = 0
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    @property
    def pid(self) -> int | None:
        """Its process id; None when it does not run."""
        return self._life.process.pid if self.running and self._life else None

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._life is not None and not self._life.over.done()

    @property
    def restarts(self) -> int:
        """How many times it was started after the first."""
        return max(0, self._starts - 1)

    @property
    def stderr_tail(self) -> list[str]:
        """The last lines of its standard error, over all its lives; control characters escaped."""
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

        ``seconds`` count from when the child begins it, behind other calls; past them the child is
        killed and WorkerTimeoutError raised. WorkerDiedError when it ends meanwhile, or ended too
        often just now; ModelUnavailableError, StoreUnavailableError or WorkerError as it reports
        them; ValueError or TypeError for ``params`` that can't be sent.
        """
        number = next(self._numbers)
        request = {"id": number, "method": method, "params": dict(params or {}), "urgent": urgent}
        frame = frames.pack(request)
        life = await self._alive()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds if life.begun is None else None) as timer:
                life.pending[number] = _Pending(future, seconds, timer)
                await self._send(life, frame)
                return await future
        except TimeoutError:
            late = f"{method} took longer than {seconds:g} s"
            life.pending.pop(number, None)
            life.kill(f"it was killed because {late}")
            await asyncio.shield(life.over)
            raise WorkerTimeoutError(f"{self.name}: {late} and was stopped") from None
        finally:
            life.pending.pop(number, None)

    async def _send(self, life: _Life, frame: bytes) -> None:
        assert life.process.stdin is not None  # noqa: S101 - opened as a pipe
        try:
            life.process.stdin.write(frame)
            await life.process.stdin.drain()
        except ConnectionError:  # it just ended: the future is told so
            await asyncio.shield(life.over)

    async def _alive(self) -> _Life:
        async with self._changing:
            if self._life is not None and not self._life.over.done():
                if not self._life.why:
                    return self._life
                await asyncio.shield(self._life.over)  # killed, not yet gone
            self._check_backoff()
            return await self._start()

    def _check_backoff(self) -> None:
        if self._quick_deaths <= QUICK_DEATHS_ALLOWED:
            return
        due = self._ended_at + min(2.0**self._quick_deaths, LONGEST_BACKOFF)
        wait = due - self._clock.monotonic()
        if wait > 0:
            last = f": {self._tail[-1]}" if self._tail else ""
            raise WorkerDiedError(
                f"{self.name}: it keeps ending ({self._quick_deaths} times within"
                f" {QUICK_DEATH_SECONDS:g} s of its start); started again in {wait:.0f} s{last}",
                "\n".join(self._tail),
            )

    async def _start(self) -> _Life:
        self._started_at = self._clock.monotonic()
        self._starts += 1
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._env,
            start_new_session=True,
        )
        self._life = _Life(self.name, process, self._tail, self._ended)
        return self._life

    def _ended(self, life: _Life) -> None:
        self._ended_at = self._clock.monotonic()
        lived = self._ended_at - self._started_at
        if lived >= STABLE_SECONDS:
            self._quick_deaths = 0
        elif lived < QUICK_DEATH_SECONDS and not life.stopping:
            self._quick_deaths += 1

    async def stop(self, seconds: float = 5.0) -> None:
        """Close its input, on which it ends by itself; kill it if it does not in ``seconds``.

        Pending calls get WorkerDiedError. The next call starts it again.
        """
        async with self._changing:
            life = self._life
            if life is None or life.over.done():
                return
            assert life.process.stdin is not None  # noqa: S101 - opened as a pipe
            life.stopping, life.why = True, life.why or "it was stopped"
            life.process.stdin.close()
            try:
                await asyncio.wait({life.over}, timeout=seconds)
            finally:
                if not life.over.done():
                    life.kill("it was stopped")
            await asyncio.shield(life.over)
