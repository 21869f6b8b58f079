"""How a process comes to own an engine."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import AsyncIterator, Callable

    from engine.host.embedded import EmbeddedEngine
    from engine.host.lock import DirectoryLock
    from engine.service_config import ServiceConfiguration


def _ignore(_: str) -> None:
    pass


@asynccontextmanager
async def open_engine(
    config: ServiceConfiguration,
    *,
    services: bool = True,
    on_step: Callable[[str], None] | None = None,
    mode: str = "library",
    lock: DirectoryLock | None = None,
    unexpected: Counter[str] | None = None,
) -> AsyncIterator[EmbeddedEngine]:
    """The engine on ``config.data_dir`` in this process, closed cleanly at the end of the block.

    ``services`` off opens the stores without running anything in the background; what is written
    is queued. ``on_step`` is told each step of the opening. ``mode`` says what kind of front this
    is; others attach to it through its socket, see :func:`engine.host.join_engine`. A ``lock`` that
    is held already is released at the end. What nobody foresaw is counted in ``unexpected``.

    Raises DataDirectoryInUseError when another process owns the directory, DataDirectoryError when
    it can't be used.
    """
    # here so that a front can paint before they are read, in a thread so that it answers meanwhile
    for module in ("engine.background_services", "engine.host.embedded", "engine.host.server"):
        await asyncio.to_thread(import_module, module)
    from engine.background_services import BackgroundServiceManager  # noqa: PLC0415
    from engine.host.embedded import EmbeddedEngine  # noqa: PLC0415
    from engine.host.owner import Owner  # noqa: PLC0415
    from engine.host.server import EngineServer  # noqa: PLC0415
    from engine.service_config import with_profile  # noqa: PLC0415

    step = on_step or _ignore
    owner = Owner.here(mode)
    manager = BackgroundServiceManager(config, lock=lock, unexpected=unexpected)
    await manager.initialize(step, owner)
    engine = EmbeddedEngine(manager, lambda name: with_profile(config, name), mode)
    server = engine.server = EngineServer(engine, owner, config.data_dir, manager.unexpected)
    try:
        try:
            path = await server.start()
        except OSError as error:  # the engine works all the same, for this process alone
            manager.events.add("socket.unavailable", message=str(error), level="warning")
            manager.lock.note(replace(owner, problem=str(error)))
        else:
            manager.lock.note(replace(owner, socket=str(path)))
        if services:
            step("starting the services")
            await manager.start()
        yield engine
        await manager.drain()  # who is attached is served meanwhile
    finally:
        await server.close()
        await manager.stop()
