from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.session import EngineSession

if TYPE_CHECKING:
    import pytest

    from vespera_tui.snapshot import DashboardSnapshot


class Broken:
    """A stage on which nothing can be shown."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.error = ""

    def step(self, line: str) -> None: ...

    def opened(self) -> None: ...

    def stopping(self) -> None: ...

    def wanted(self) -> None:
        return None

    def failed(self, error: str, advice: str) -> None:  # noqa: ARG002 - Stage
        self.error = error
        self.told.set()

    def publish(self, snapshot: DashboardSnapshot) -> None:  # noqa: ARG002 - Stage
        raise RuntimeError("boom")


async def test_what_cannot_be_shown_is_told_and_logged_not_frozen(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Broken()
    session = EngineSession(DemoEngine(FixedClock()).opener(), stage, clock=FixedClock())
    session.start()
    await stage.told.wait()
    await session.leave()
    assert "boom" in stage.error
    assert "boom" in session.error
    assert any(record.exc_info for record in caplog.records)
