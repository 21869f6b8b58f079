"""How a front gets an engine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from engine.host.embedded import EmbeddedEngine
    from engine.service_config import ServiceConfiguration


def _ignore(_: str) -> None:
    pass


@asynccontextmanager
async def open_engine(
    config: ServiceConfiguration,
    *,
    services: bool = True,
    on_step: Callable[[str], None] | None = None,
) -> AsyncIterator[EmbeddedEngine]:
    """The engine on ``config.data_dir``, closed cleanly at the end of the block.

    ``services`` off opens the stores without running anything in the background; what is written
    is queued. ``on_step`` is told each step of the opening. Raises DataDirectoryInUseError when
    another process owns the directory, DataDirectoryError when it can't be used.
    """
    # imported here so that a front can paint before the engine's modules are read
    from engine.background_services import BackgroundServiceManager  # noqa: PLC0415
    from engine.host.embedded import EmbeddedEngine  # noqa: PLC0415
    from engine.service_config import with_profile  # noqa: PLC0415

    step = on_step or _ignore
    manager = BackgroundServiceManager(config)
    await manager.initialize(step)
    try:
        if services:
            step("starting the services")
            await manager.start()
        yield EmbeddedEngine(manager, lambda name: with_profile(config, name))
    finally:
        await manager.stop()
