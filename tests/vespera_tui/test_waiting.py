"""Waiting shows what the stores hold, not what they held at the start."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

import pytest

from engine.errors import StoreUnavailableError
from engine.snapshots import IdleReport, Parity, StoreParity
from tests.vespera_tui.test_cli import FakeEngine
from vespera_tui.commands import waiting

if TYPE_CHECKING:
    from engine.snapshots import EngineStatus
    from vespera_tui.commands.waiting import Progress


class Working(FakeEngine):
    """Idle once its vectors were shown; they are known only when they were read."""

    def __init__(self) -> None:
        super().__init__()
        self.parity, self.shown, self.broken = StoreParity(), asyncio.Event(), False

    async def status(self, *, parity: bool = True) -> EngineStatus:
        if parity and self.broken:
            raise StoreUnavailableError("chroma", "gone")
        if parity:
            self.parity = StoreParity(vectors=Parity(expected=9, current=4))
        return await super().status(parity=parity)

    async def wait_until_idle(self) -> IdleReport:
        await self.shown.wait()
        return IdleReport(idle=True)


class Screen:
    def __init__(self, engine: Working) -> None:
        self.engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""

    def show(self, progress: Progress) -> None:
        if (progress.vectors, progress.expected) == (4, 9):
            self.engine.shown.set()


async def test_the_vectors_shown_are_read_from_the_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Working()
    monkeypatch.setattr(waiting, "display", lambda: Screen(engine))
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.001)
    async with asyncio.timeout(30):
        assert await waiting.wait_until_idle(engine) == 0


async def test_an_error_of_reading_is_not_kept_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Working()
    engine.broken = True
    monkeypatch.setattr(waiting, "display", lambda: Screen(engine))
    with pytest.raises(StoreUnavailableError):
        await waiting.wait_until_idle(engine)
