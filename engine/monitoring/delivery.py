"""Telling a person about alerts outside the program: a command that is run, an address posted to.

Each of the two has a bounded queue and a background task of its own, so that one that hangs holds
up neither the engine nor the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import os
import shlex
import signal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from engine.clock import Clock
    from engine.monitoring.events import EventLog
    from engine.service_config import ServiceConfiguration
    from engine.snapshots import Alert

WAITING = 100
"""Deliveries that may wait in front of each outlet."""
PAUSES = (2.0, 10.0)
"""Seconds between the attempts, so there is one attempt more than pauses."""
COMMAND_SECONDS, WEBHOOK_SECONDS = 30.0, 10.0
GRACE_SECONDS = 2.0
"""How long what waits may take to leave when the engine stops, and a killed process to be gone."""


class _NotDeliveredError(Exception):
    """An attempt failed; its text says why."""


def check_command(text: str) -> str:
    """``text`` as a value of ``alerts.command``; empty is none. ValueError says what is wrong."""
    if text:
        _words(text)
    return text


def _words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"{error} in the command; quote it as in a shell") from error
    if not words or not words[0].strip() or "\0" in text:
        raise ValueError("the command names no program; write its path, then its arguments")
    return words


def check_webhook(text: str) -> str:
    """``text`` as a value of ``alerts.webhook``; empty is none. ValueError says what is wrong.

    The address is never repeated in an error: it often carries a secret.
    """
    if not text:
        return text
    usable = text.isascii() and text.isprintable() and " " not in text
    with contextlib.suppress(ValueError):  # of the port, with a part of the address in its text
        parts = urlsplit(text)
        if usable and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return text
    raise ValueError("not an address that starts with http:// or https:// and names a host")


class Delivery:
    """Runs ``alerts.command`` and posts to ``alerts.webhook`` for each alert raised or resolved.

    Both get one JSON object: id, severity, message, since (Unix seconds), state (raised,
    resolved). The command reads it on its standard input, runs without a shell and must end within
    ``command_seconds``; its output goes nowhere, its exit code counts. The webhook must answer
    with 2xx within ``webhook_seconds``; redirects are not followed. After three attempts the event
    "alert.undelivered" says why. Settings are read anew for each attempt.
    """

    def __init__(
        self,
        config: Callable[[], ServiceConfiguration],
        clock: Clock,
        events: EventLog,
        *,
        command_seconds: float = COMMAND_SECONDS,
        webhook_seconds: float = WEBHOOK_SECONDS,
    ) -> None:
        self._command_seconds, self._webhook_seconds = command_seconds, webhook_seconds
        self._outlets = (
            _Outlet("command", lambda: config().alerts.command, self._run, clock, events),
            _Outlet("webhook", lambda: config().alerts.webhook, self._post, clock, events),
        )

    @property
    def undelivered(self) -> int:
        """Deliveries given up since the start, those included for which there was no room."""
        return sum(outlet.undelivered for outlet in self._outlets)

    def submit(self, alert: Alert) -> None:
        """Queue the news that ``alert`` was raised, or resolved if it says so. Never waits."""
        for outlet in self._outlets:
            outlet.submit(alert)

    async def close(self) -> None:
        """Let what waits leave for two seconds, then end everything; nothing runs on after it."""
        await asyncio.gather(*(outlet.close() for outlet in self._outlets))

    async def _run(self, command: str, body: bytes) -> None:
        words = _words(command)
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.PIPE,
                # a pipe would have to be drained, and held open by what the program leaves behind
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise _NotDeliveredError(f"{words[0]} can't be run: {error.strerror}") from error
        try:
            async with asyncio.timeout(self._command_seconds):
                await process.communicate(body)  # it need not read what it is told
        except TimeoutError:
            raise _NotDeliveredError(f"killed after {self._command_seconds:g} s") from None
        finally:
            if process.returncode is None:
                await _kill(process)
        if process.returncode:
            raise _NotDeliveredError(f"{words[0]} ended with exit code {process.returncode}")

    async def _post(self, address: str, body: bytes) -> None:
        check_webhook(address)
        # both are slow the first time (its import, the certificates), so not on the loop
        httpx = await asyncio.to_thread(importlib.import_module, "httpx")
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, with secrets
        client = await asyncio.to_thread(httpx.AsyncClient, timeout=None, follow_redirects=False)
        headers = {"Content-Type": "application/json"}
        try:
            async with asyncio.timeout(self._webhook_seconds), client:
                # streamed, so that an answer without an end is never read
                request = client.stream("POST", address, content=body, headers=headers)
                async with request as response:
                    code, fine = response.status_code, response.is_success
        except TimeoutError:
            raise _NotDeliveredError(f"no answer in {self._webhook_seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _NotDeliveredError(f"{type(error).__name__}: {error}") from error
        if not fine:
            raise _NotDeliveredError(f"it answered with status {code}")


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone; gone, on macOS
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)


def _state(alert: Alert) -> str:
    return "raised" if alert.resolved_at is None else "resolved"


def _body(alert: Alert) -> bytes:
    content = {name: getattr(alert, name) for name in ("id", "severity", "message", "since")}
    return json.dumps({**content, "state": _state(alert)}).encode()


class _Outlet:
    """One way out: its setting, its queue, the task that empties it."""

    def __init__(
        self,
        name: str,
        setting: Callable[[], str],
        send: Callable[[str, bytes], Awaitable[None]],
        clock: Clock,
        events: EventLog,
    ) -> None:
        self._name, self._setting, self._send = f"alerts.{name}", setting, send
        self._clock, self._events = clock, events
        self._queue: asyncio.Queue[Alert] = asyncio.Queue(WAITING)
        self._task: asyncio.Task[None] | None = None
        self._sending: Alert | None = None
        self._closed = False
        self.undelivered = 0

    def submit(self, alert: Alert) -> None:
        if not self._setting():
            return
        if self._closed:
            self._give_up(alert, "the engine has stopped")
        elif self._queue.full():
            self._give_up(alert, f"{WAITING} others wait before it")
        else:
            self._queue.put_nowait(alert)
            self._task = self._task or asyncio.create_task(self._work(), name=self._name)

    async def close(self) -> None:
        self._closed = True
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._queue.join(), GRACE_SECONDS)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        if self._sending is not None:
            self._give_up(self._sending, "the engine stopped first")
        while not self._queue.empty():
            self._give_up(self._queue.get_nowait(), "the engine stopped first")

    async def _work(self) -> None:
        while True:
            self._sending = alert = await self._queue.get()
            try:
                await self._deliver(alert)
            except Exception as error:  # noqa: BLE001 - top of the loop: logged, counted, shown
                self._give_up(alert, f"{type(error).__name__}: {error}")
            self._sending = None
            self._queue.task_done()

    async def _deliver(self, alert: Alert) -> None:
        reason = ""
        for pause in (0.0, *PAUSES):
            if pause:
                await self._clock.sleep(pause)
            setting = self._setting()
            if not setting:  # switched off meanwhile
                return
            try:
                await self._send(setting, _body(alert))
                return  # noqa: TRY300 - it arrived
            except _NotDeliveredError as error:
                reason = f"{error} (attempted {len(PAUSES) + 1} times)"
            except ValueError as error:  # the setting itself: another attempt changes nothing
                reason = f"{error}; correct the setting"
                break
        self._give_up(alert, reason)

    def _give_up(self, alert: Alert, reason: str) -> None:
        self.undelivered += 1
        message = f"{self._name}: {_state(alert)}: {reason}; {self.undelivered} undelivered so far"
        self._events.add("alert.undelivered", alert.id, message=message, level="warning")
