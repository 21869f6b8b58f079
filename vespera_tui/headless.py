"""The engine without a screen, as a service: log lines, signals, readiness, HTTP for monitors.

SIGINT and SIGTERM stop it cleanly, the queue is kept. SIGHUP reads the configuration anew.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from engine.configuration.keys import dotted_keys, value_of
from engine.errors import VesperaError
from engine.exchange.format import read_file
from engine.host import join_engine
from engine.service_config import ServiceConfiguration
from vespera_tui import service_manager
from vespera_tui.commands.exits import FINE, NOT_IDLE
from vespera_tui.logs import configure_logging

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.api import EngineAPI
    from engine.host.joining import JoinedEngine
    from engine.host.owner import Owner
    from engine.snapshots import IdleReport
    from vespera_tui.web.address import Address

log: structlog.stdlib.BoundLogger = structlog.get_logger("vespera.headless")
UNCHANGEABLE = ("data_dir",)
"""What counts only when the engine is opened."""


@dataclass(frozen=True, slots=True)
class HeadlessOptions:
    """What a headless run does beside running."""

    until_idle: bool = False
    """End when there is nothing left to do."""
    demo_file: Path | None = None
    """Import the tasks of this file first."""
    address: Address | None = None
    """Where monitors and agents can ask, over HTTP."""
    reload: Callable[[], ServiceConfiguration] | None = None
    """Reads the configuration anew; raises ConfigurationError."""


def run_headless(config: ServiceConfiguration, options: HeadlessOptions | None = None) -> int:
    """Run until a signal comes, or until there is nothing left to do if that is asked for.

    Returns 0, or 3 if work waits for a part that is away. Raises DataDirectoryError.
    """
    configure_logging(config, stderr=True)
    return asyncio.run(_run(config, options or HeadlessOptions()))


async def _run(config: ServiceConfiguration, options: HeadlessOptions) -> int:
    stop = _stop_on_signals()
    async with AsyncExitStack() as stack:
        web = _Web(options.address, stack) if options.address else None  # a port that is taken: now
        engine = await stack.enter_async_context(
            join_engine(
                config,
                mode="headless",
                on_step=lambda step: log.info("starting", step=step),
                on_owner=_tell_owner,
            )
        )
        stack.callback(service_manager.notify, "STOPPING=1")
        if options.reload:
            Reloading(config, options.reload, engine).on_hangup()
        if web:
            await web.serve(engine, config)
        log.info("running", data_dir=str(config.data_dir), profile=config.profile)
        service_manager.notify("READY=1")
        beating = asyncio.create_task(service_manager.keep_alive(), name="watchdog")
        stack.callback(beating.cancel)
        if options.demo_file:
            await _import_demo(engine, options.demo_file)
        report = await _until(stop, engine if options.until_idle else None)
        log.info("stopping", reason="signal" if stop.is_set() else "idle")
    return _finish(report)


def _tell_owner(owner: Owner) -> None:
    if owner.pid == os.getpid():
        log.info("owner", pid=owner.pid)
        service_manager.notify("STATUS=owns the data directory")
    else:
        log.info("attached", pid=owner.pid, mode=owner.mode)
        service_manager.notify(f"STATUS=stands by, attached to process {owner.pid}")


class _Web:
    """Answers monitors and agents as long as the run lasts."""

    def __init__(self, address: Address, stack: AsyncExitStack) -> None:
        from vespera_tui.web.serving import listen  # noqa: PLC0415 - only with --http

        self._address, self._stack = address, stack
        self._listening = stack.enter_context(listen(address))

    async def serve(self, engine: EngineAPI, config: ServiceConfiguration) -> None:
        from vespera_tui.mcp_front.http import TOKEN_FILE, mounted  # noqa: PLC0415 - as above
        from vespera_tui.web.monitoring import monitoring_app  # noqa: PLC0415 - as above
        from vespera_tui.web.serving import serve_on  # noqa: PLC0415 - as above

        agents = await self._stack.enter_async_context(
            mounted(engine, self._address, config.data_dir)
        )
        stop = asyncio.Event()
        app = monitoring_app(engine, self._address, more=[agents])
        serving = asyncio.create_task(serve_on(self._listening, app, stop), name="http")

        async def end() -> None:
            stop.set()
            await serving

        self._stack.push_async_callback(end)
        token = str(config.data_dir / TOKEN_FILE)
        log.info("http", address=f"http://{self._address.shown}", mcp="/mcp", token_file=token)


class Reloading:
    """Reads the configuration anew on SIGHUP; a wrong one is told and the old one stays."""

    def __init__(
        self,
        config: ServiceConfiguration,
        load: Callable[[], ServiceConfiguration],
        engine: JoinedEngine,
    ) -> None:
        self._config, self._load, self._engine = config, load, engine
        self._running: set[asyncio.Task[None]] = set()

    def on_hangup(self) -> None:
        """From now on."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._start)

    def _start(self) -> None:
        task = asyncio.create_task(self.reload(), name="reload")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def reload(self) -> None:
        """Put what is written now into force."""
        service_manager.reloading()
        try:
            loaded = self._load()
            kept = {key: value_of(self._config, key) for key in UNCHANGEABLE}
            fixed = [key for key in UNCHANGEABLE if value_of(loaded, key) != kept[key]]
            loaded = loaded.model_copy(update=kept)
            await self._engine.reconfigure(loaded, actor="SIGHUP")
        except VesperaError as error:
            log.error("configuration not reloaded", reason=str(error))  # noqa: TRY400 - one line for a person
        else:
            changed = _differences(self._config, loaded)
            self._config = loaded
            configure_logging(loaded, stderr=True)
            log.info("configuration reloaded", changed=changed, needs_restart=fixed)
        service_manager.notify("READY=1")


def _differences(before: ServiceConfiguration, after: ServiceConfiguration) -> list[str]:
    keys = dotted_keys(ServiceConfiguration)
    return [key for key in keys if value_of(before, key) != value_of(after, key)]


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()

    def received(name: str) -> None:
        log.info("signal", name=name)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, received, number.name)
    return stop


async def _import_demo(engine: EngineAPI, demo_file: Path) -> None:
    report = await engine.import_drafts(read_file(demo_file).drafts, actor="demo")
    log.info("sample project", created=report.created, unchanged=report.unchanged)


async def _until(stop: asyncio.Event, engine: EngineAPI | None) -> IdleReport | None:
    """How waiting for ``engine`` to be idle ended; None if a signal came first."""
    signalled = asyncio.ensure_future(stop.wait())
    if engine is None:
        await signalled
        return None
    idle = asyncio.ensure_future(engine.wait_until_idle())
    try:
        await asyncio.wait({idle, signalled}, return_when=asyncio.FIRST_COMPLETED)
        return idle.result() if idle.done() else None
    finally:
        idle.cancel()
        signalled.cancel()


def _finish(report: IdleReport | None) -> int:
    if report is None or report.idle:
        log.info("stopped")
        return FINE
    log.error("not idle", remaining=report.remaining, waiting_for=list(report.waiting_for))
    return NOT_IDLE
