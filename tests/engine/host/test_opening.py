from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.background_services import BackgroundServiceManager
from engine.errors import DataDirectoryError, DataDirectoryInUseError
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_second_owner_is_refused_with_the_first_ones_process(tmp_path: Path) -> None:
    first = BackgroundServiceManager(ServiceConfiguration(data_dir=tmp_path))
    await first.initialize()
    with pytest.raises(DataDirectoryInUseError, match="in use by process"):
        await BackgroundServiceManager(ServiceConfiguration(data_dir=tmp_path)).initialize()
    await first.stop()


async def test_an_opening_that_fails_leaves_nothing_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> int:
        raise DataDirectoryError("vespera.db: disk is full; nothing was written")

    config = ServiceConfiguration(data_dir=tmp_path)
    with monkeypatch.context() as fault:
        fault.setattr(SqliteQueue, "rescue", full)
        with pytest.raises(DataDirectoryError, match="disk is full"):
            await BackgroundServiceManager(config).initialize()
    again = BackgroundServiceManager(config)
    await again.initialize()
    await again.stop()
