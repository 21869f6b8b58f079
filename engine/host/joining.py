"""How a front gets an engine: it attaches to the owner of the data directory, or becomes it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol, cast

from engine.api import EngineAPI

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from engine.background_services import BackgroundServiceManager
    from engine.host.owner import Owner
    from engine.service_config import ServiceConfiguration


class JoinedEngine(EngineAPI, Protocol):
    """An engine that is shared, and what a front may ask beyond the interface."""

    @property
    def owner(self) -> Owner | None:
        """The process that owns it, this one perhaps; None between two."""

    @property
    def manager(self) -> BackgroundServiceManager:
        """The background services; DataDirectoryInUseError when another process runs them."""

    async def reconfigure(self, config: ServiceConfiguration, *, actor: str = "") -> None:
        """Another configuration, now if the engine is in this process, else should it come here."""


@asynccontextmanager
async def join_engine(
    config: ServiceConfiguration,
    *,
    mode: str,
    services: bool = True,
    on_step: Callable[[str], None] | None = None,
    on_owner: Callable[[Owner], None] | None = None,
    on_opening: Callable[[], None] | None = None,
) -> AsyncIterator[JoinedEngine]:
    """The engine on ``config.data_dir``, in this process or in the one that owns the directory.

    When the owner ends, this process and the others that are attached race to take over; calls
    that were under way are repeated and take effect once. ``mode`` (dashboard, headless, mcp,
    command) and ``services`` count when this process owns it. ``on_step`` is told each step of an
    opening, ``on_owner`` each owner that is found, this process included; ``on_opening`` is called
    before the engine is opened in this process.

    Raises DataDirectoryInUseError when the owner can't be attached to (it is stopped, or another
    version), DataDirectoryError when the directory can't be used.
    """
    from engine.host.shared import SharedEngine  # noqa: PLC0415 - a front paints before

    shared = SharedEngine(
        config,
        mode=mode,
        services=services,
        on_step=on_step,
        on_owner=on_owner,
        on_opening=on_opening,
    )
    try:
        await shared.open()
        yield cast("JoinedEngine", shared)  # its methods are made of the interface's
    finally:
        await shared.close()
