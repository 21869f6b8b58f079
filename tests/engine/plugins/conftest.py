from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from engine.database.database import Database
from engine.operations import Operation, OperationState, ServicePriority
from engine.plugins.discovery import PluginDescription
from engine.plugins.service import PluginService
from engine.service_config import ServiceConfiguration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ROOT = Path(__file__).resolve().parents[3]
HEAD = """
import asyncio, ctypes, os, sys, time
from engine.plugins import *
class Service(Plugin):
    "Does what a test wants."
    name = "odd"
    kinds = frozenset({"work", "other"})
    batch_size = 8
"""


class Installer:
    """Puts distributions where this process and its children find them; no pip."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def package(self, name: str, entries: dict[str, str], code: str = "") -> None:
        info = self.folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{entry} = {value}" for entry, value in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[vespera.services]", *lines, ""]))
        (self.folder / f"{name}.py").write_text(code)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{ROOT}")
    return Installer(folder)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "data ? 100%")
    made.path.parent.mkdir()
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def add_task(database: Database):
    async def add(task_id: str, description: str = "") -> None:
        await database.write(
            lambda connection: connection.execute(
                "INSERT INTO tasks (id, title, description, created_at, updated_at, content_hash)"
                " VALUES (?, 'A task', ?, 0, 0, '')",
                (task_id, description),
            )
        )

    return add


@pytest.fixture
def context(tmp_path: Path, clock) -> SimpleNamespace:
    folder = tmp_path / "data ? 100%"
    config = ServiceConfiguration(data_dir=folder, operation_timeout_seconds=30)
    return SimpleNamespace(config=config, clock=clock)


@pytest.fixture
async def made(context, install) -> AsyncIterator[Callable[..., PluginService]]:
    """Makes the proxy of a plugin whose class ends with the given lines."""
    services: list[PluginService] = []

    def make(*lines: str, head: str = HEAD, name: str = "odd") -> PluginService:
        code = head + "\n".join(f"    {line}" for line in lines)
        (install.folder / "odd_module.py").write_text(code)
        plugin = PluginDescription(name, "odd_module:Service", "odd", "1.0")
        services.append(PluginService(context, plugin))
        return services[-1]

    yield make
    for service in services:
        await service.stop()


@pytest.fixture
def operations():
    def some(*keys: str, kind: str = "work", **payload: object) -> list[Operation]:
        return [
            Operation(
                id=number,
                service="odd",
                kind=kind,
                key=key,
                payload=payload,
                priority=ServicePriority.HIGH,
                state=OperationState.RUNNING,
                run_at=1.0,
                deadline=1e18,
                attempts=0,
                max_attempts=4,
                claims=1,
                origin="ann",
                created_at=1.0,
            )
            for number, key in enumerate(keys)
        ]

    return some
