"""How the dashboard gets its engine: configured, imported and opened after the first paint."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from engine.errors import VesperaError
from vespera_tui.console import ACTOR
from vespera_tui.logs import configure_logging

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from engine.api import EngineAPI
    from engine.service_config import ServiceConfiguration

    Opener = Callable[..., AbstractAsyncContextManager[EngineAPI]]


class LateConfiguration:
    """Reads the configuration with ``load``, and then opens the engine that ``opener_of`` makes.

    ``read`` is called with it before the engine opens, or ``unread`` when there is an error.
    """

    def __init__(
        self,
        load: Callable[[], ServiceConfiguration],
        opener_of: Callable[[ServiceConfiguration], Opener],
        *,
        logs: bool,
    ) -> None:
        self._load, self._opener_of, self._logs = load, opener_of, logs
        self.config: ServiceConfiguration | None = None
        """None until it is read."""
        self.error: VesperaError | None = None
        """What is wrong with it, or with the folder of the log."""

    @asynccontextmanager
    async def opened(
        self, *, on_step: Callable[[str], None], on_read: Callable[[], None]
    ) -> AsyncIterator[EngineAPI]:
        """The engine; ``on_read`` is called when there is a configuration, or an error in it."""
        on_step("reading the configuration")
        try:
            self.config = await asyncio.to_thread(self._prepare)
        except VesperaError as error:
            self.error = error
            raise
        finally:
            on_read()
        async with self._opener_of(self.config)(on_step=on_step) as engine:
            yield engine

    @property
    def log_folder(self) -> Path | None:
        """Where the log is, when there is one."""
        return self.config.data_dir if self.config and self._logs else None

    def _prepare(self) -> ServiceConfiguration:
        config = self._load()
        if self._logs:
            configure_logging(config, stderr=False)
        return config


def engine_opener(config: ServiceConfiguration, demo_file: Path | None = None) -> Opener:
    """What :class:`vespera_tui.app.VesperaApp` opens; imports ``demo_file`` if there is one."""

    @asynccontextmanager
    async def opened(*, on_step: Callable[[str], None]) -> AsyncIterator[EngineAPI]:
        on_step("reading the engine")
        await asyncio.to_thread(import_module, "engine.host.shared")
        from engine.host import join_engine  # noqa: PLC0415 - it was read in the thread

        async with join_engine(config, mode="dashboard", on_step=on_step) as engine:
            if demo_file is not None:
                on_step("importing the sample project")
                await _import(engine, demo_file)
            yield engine

    return opened


async def _import(engine: EngineAPI, file: Path) -> None:
    from engine.exchange.format import read_file  # noqa: PLC0415 - only for a demonstration

    parsed = await asyncio.to_thread(read_file, file)
    await engine.import_drafts(parsed.drafts, actor=ACTOR)
