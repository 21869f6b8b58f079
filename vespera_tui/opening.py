"""How the dashboard gets its engine: imported and opened only after the first paint."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from vespera_tui.console import ACTOR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from engine.api import EngineAPI
    from engine.service_config import ServiceConfiguration


def engine_opener(
    config: ServiceConfiguration, demo_file: Path | None = None
) -> Callable[..., AbstractAsyncContextManager[EngineAPI]]:
    """What :class:`vespera_tui.app.VesperaApp` opens; imports ``demo_file`` if there is one."""

    @asynccontextmanager
    async def opened(*, on_step: Callable[[str], None]) -> AsyncIterator[EngineAPI]:
        on_step("reading the engine")
        await asyncio.to_thread(_configure_events)
        from engine.host import join_engine  # noqa: PLC0415 - only after the first paint

        async with join_engine(config, mode="dashboard", on_step=on_step) as engine:
            if demo_file is not None:
                on_step("importing the sample project")
                await _import(engine, demo_file)
            yield engine

    return opened


def _configure_events() -> None:
    import_module("vespera_tui.log_lines").configure_events()


async def _import(engine: EngineAPI, file: Path) -> None:
    from engine.exchange.format import read_file  # noqa: PLC0415 - only for a demonstration

    parsed = await asyncio.to_thread(read_file, file)
    await engine.import_drafts(parsed.drafts, actor=ACTOR)
