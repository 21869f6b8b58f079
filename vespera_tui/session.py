"""One engine's life behind the screen: opened, fed to the screen, left."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from engine.errors import DataDirectoryInUseError, VesperaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from engine.api import EngineAPI
    from engine.clock import Clock
    from vespera_tui.feed import EngineFeed
    from vespera_tui.questions import Question
    from vespera_tui.snapshot import DashboardSnapshot

log = logging.getLogger(__name__)

IN_USE_ADVICE = "Do what the line above says, or start this one with another --data-dir."
ADVICE = "Correct what the line above names, then start again; `vespera-tui doctor` looks closer."
DEFECT_ADVICE = "Start it again; the log says more."


class Stage(Protocol):
    """What the session tells the screen."""

    def step(self, line: str) -> None:
        """The opening reached a step."""

    def opened(self) -> None:
        """The engine is there."""

    def failed(self, error: str, advice: str) -> None:
        """It could not be opened, or broke."""

    def stopping(self) -> None:
        """It is being left."""

    def publish(self, snapshot: DashboardSnapshot) -> None:
        """A new snapshot."""

    def wanted(self) -> Question | None:
        """What the screen wants to know beside the status."""


@dataclass(slots=True)
class EngineSession:
    """Opens the engine in a task of its own and leaves it there, so that both ends meet."""

    open_engine: Callable[..., AbstractAsyncContextManager[EngineAPI]]
    stage: Stage
    refresh_per_second: float = 2.0
    clock: Clock | None = None
    engine: EngineAPI | None = None
    feed: EngineFeed | None = None
    error: str = ""
    """Why there is no engine; empty when all went well."""
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _opened: bool = False

    def start(self) -> None:
        """Open the engine in the background."""
        self._task = asyncio.create_task(self._live(), name="engine session")

    async def leave(self) -> None:
        """Leave the engine; returns when it is closed."""
        self._wanted.set()
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._task)

    def abandon(self) -> None:
        """Cancel an opening that nobody wants to wait for; a closing goes on to its end."""
        if self._task is not None and not self._opened:
            self._task.cancel()

    async def _live(self) -> None:
        try:
            await self._open_and_feed()
        except VesperaError as error:
            in_use = isinstance(error, DataDirectoryInUseError)
            self._fail(str(error), IN_USE_ADVICE if in_use else ADVICE)
        except Exception as error:
            log.exception("the engine session failed")
            advice = DEFECT_ADVICE if self._opened else ADVICE
            self._fail(f"{type(error).__name__}: {error}", advice)

    async def _open_and_feed(self) -> None:
        from vespera_tui.feed import EngineFeed  # noqa: PLC0415 - nothing to feed before

        async with self.open_engine(on_step=self.stage.step) as engine:
            self.engine, self._opened = engine, True
            self.feed = EngineFeed(
                engine,
                self.stage.publish,
                wanted=self.stage.wanted,
                refresh_per_second=self.refresh_per_second,
                clock=self.clock,
            )
            self.stage.opened()
            feeding = asyncio.create_task(self.feed.run(), name="engine feed")
            leaving = asyncio.create_task(self._wanted.wait(), name="leaving")
            try:
                await asyncio.wait([feeding, leaving], return_when=asyncio.FIRST_COMPLETED)
                if feeding.done() and not feeding.cancelled():
                    _raise_first(feeding.exception())
                await leaving
            finally:
                self.engine = None
                self.stage.stopping()
                for task in (feeding, leaving):
                    task.cancel()
                await asyncio.wait([feeding, leaving])

    def _fail(self, error: str, advice: str) -> None:
        self.error, self.engine = error, None
        self.stage.failed(error, advice)


def _raise_first(error: BaseException | None) -> None:
    """Raise what ended the feed: something that it read could not be shown."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error is not None:
        raise error
