"""The dashboard over an engine in another process, and when that process is killed."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.service_config import ServiceConfiguration
from engine.snapshots import EngineInfo, EngineStatus
from tests.engine.host.fronts import FrontProcess
from tests.vespera_tui import waiting
from vespera_tui.app import VesperaApp
from vespera_tui.opening import engine_opener
from vespera_tui.snapshot import build

if TYPE_CHECKING:
    from pathlib import Path


def marks(info: EngineInfo) -> tuple[str, ...]:
    return build(EngineStatus(info), [], [], now=0.0, rates={}).engine.marks


def test_the_header_says_when_another_process_owns_the_engine() -> None:
    here = EngineInfo("running", os.getpid(), "dashboard")
    assert marks(here) == ()
    assert marks(replace(here, pid=1)) == ("attached to 1",)


async def test_a_dashboard_attaches_and_takes_over(tmp_path: Path) -> None:
    owner = FrontProcess.start(tmp_path / "d", "headless")
    try:
        await asyncio.to_thread(owner.wait_until_said, "owner")
        config = ServiceConfiguration(data_dir=tmp_path / "d")
        app = VesperaApp(engine_opener(config), config_profile="production")
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            attached = (f"attached to {owner.process.pid}",)
            await waiting.until(pilot, lambda: app.stage.engine.marks == attached)
            owner.signal(signal.SIGKILL)
            await waiting.until(pilot, lambda: app.stage.snapshot and not app.stage.engine.marks)
            assert app.stage.engine.state == "running"
            gone = f"process {owner.process.pid} is gone: this dashboard took over"
            assert [note.message for note in app._notifications] == [gone]
            assert app.session.engine is not None
            assert (await app.session.engine.status(parity=False)).engine.pid == os.getpid()
    finally:
        owner.process.kill()
        owner.end()
