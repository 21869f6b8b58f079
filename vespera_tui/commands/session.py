"""Gets one command an engine and leaves it in order, however the command ends."""

from __future__ import annotations

import asyncio
import signal
from functools import partial
from typing import TYPE_CHECKING

from vespera_tui.commands.exits import TERMINATED
from vespera_tui.commands.options import configuration
from vespera_tui.commands.text import note

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from typing import Any

    from engine.api import EngineAPI
    from engine.service_config import ServiceConfiguration

    Work = Callable[[EngineAPI], Coroutine[Any, Any, int]]


def open_engine(
    config: ServiceConfiguration,
    *,
    services: bool = True,
    on_step: Callable[[str], None] | None = None,
    mode: str = "command",
) -> AbstractAsyncContextManager[EngineAPI]:
    """As :func:`engine.host.join_engine`, imported only when an engine is needed."""
    from engine.host import join_engine  # noqa: PLC0415 - slow to import

    return join_engine(
        config,
        mode=mode,
        services=services,
        on_step=on_step,
        on_opening=partial(_log_to_file, config),
    )


def _log_to_file(config: ServiceConfiguration) -> None:
    """Log as the owner; who is attached has little to log, and is quicker without."""
    from vespera_tui.logs import configure_logging  # noqa: PLC0415 - slow to import

    configure_logging(config, stderr=False)


def run(work: Work, *, services: bool = False) -> int:
    """The exit code of ``work`` on the engine of whoever owns the data directory.

    When nobody does, it is opened here, with its background services only if asked for.
    """
    config = configuration()
    try:
        return asyncio.run(_with_engine(config, work, services))
    except asyncio.CancelledError:  # by SIGTERM; SIGINT arrives as KeyboardInterrupt
        return TERMINATED


async def _with_engine(config: ServiceConfiguration, work: Work, services: bool) -> int:
    task = asyncio.current_task()
    if task:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with open_engine(config, services=services, on_step=note if services else None) as engine:
        return await work(engine)
