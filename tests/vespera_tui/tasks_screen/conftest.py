"""Screen 5 on a real engine; what counts is what is in the store after."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from tests.vespera_tui.tasks_screen.keys import (
    DRAFTS,
    rows,
)
from vespera_tui.app import VesperaApp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from textual.pilot import Pilot

    from engine.host.embedded import EmbeddedEngine
    from engine.tasks import TaskDraft
    from tests.vespera_tui.conftest import Until


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        yield opened


@pytest.fixture
def start(engine: EmbeddedEngine, until: Until) -> Callable[..., Any]:
    """The dashboard on screen 5 over a real store with these tasks."""

    @asynccontextmanager
    async def run(
        drafts: Sequence[TaskDraft] = DRAFTS, size: tuple[int, int] = (120, 40), **options: Any
    ) -> AsyncIterator[Pilot[None]]:
        if drafts:
            await engine.import_drafts(list(enumerate(drafts)))

        @asynccontextmanager
        async def opened(**_: Any) -> AsyncIterator[EmbeddedEngine]:
            yield engine

        app = VesperaApp(opened, config_profile="development", refresh_per_second=10, **options)
        app.animation_level = "none"
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: app.services)
            await pilot.press("5")
            await until(pilot, lambda: not drafts or rows(app).total == len(drafts))
            yield pilot

    return run
