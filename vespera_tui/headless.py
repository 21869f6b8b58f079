"""The engine without a screen: log lines, a clean stop on SIGINT and SIGTERM, the queue kept."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import structlog

from engine.exchange.format import read_file
from vespera_tui.commands import session
from vespera_tui.commands.exits import FINE, NOT_IDLE
from vespera_tui.logs import configure_logging

if TYPE_CHECKING:
    from pathlib import Path

    from engine.api import EngineAPI
    from engine.service_config import ServiceConfiguration
    from engine.snapshots import IdleReport


def run_headless(
    config: ServiceConfiguration, *, until_idle: bool = False, demo_file: Path | None = None
) -> int:
    """Run until a signal comes or, with ``until_idle``, until there is nothing left to do.

    Returns 0, or 3 if work waits for a part that is away. Raises DataDirectoryError.
    """
    configure_logging(config, stderr=True)
    return asyncio.run(_run(config, until_idle, demo_file))


async def _run(config: ServiceConfiguration, until_idle: bool, demo_file: Path | None) -> int:
    log = structlog.get_logger("vespera.headless")
    stop = _stop_on_signals(log)
    async with session.open_engine(
        config, mode="headless", on_step=lambda step: log.info("starting", step=step)
    ) as engine:
        log.info("running", data_dir=str(config.data_dir), profile=config.profile)
        if demo_file:
            await _import_demo(engine, demo_file, log)
        report = await _until(stop, engine if until_idle else None)
        log.info("stopping", reason="signal" if stop.is_set() else "idle")
    return _finish(report, log)


def _stop_on_signals(log: structlog.stdlib.BoundLogger) -> asyncio.Event:
    stop = asyncio.Event()

    def received(name: str) -> None:
        log.info("signal", name=name)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, received, number.name)
    return stop


async def _import_demo(
    engine: EngineAPI, demo_file: Path, log: structlog.stdlib.BoundLogger
) -> None:
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


def _finish(report: IdleReport | None, log: structlog.stdlib.BoundLogger) -> int:
    if report is None or report.idle:
        log.info("stopped")
        return FINE
    log.error("not idle", remaining=report.remaining, waiting_for=list(report.waiting_for))
    return NOT_IDLE
