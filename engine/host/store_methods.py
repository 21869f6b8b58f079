"""What the engine in this process says of its stores on disk."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from collections import Counter
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from engine.store_views import StoresReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.background_services import BackgroundServiceManager

PARTS = ("chromadb", "kuzu", "sentence-transformers", "onnxruntime", "textual", "mcp")
PLACES = (("vespera.db", "sqlite"), ("chroma", "chroma"), ("graph", "kuzu"), ("logs", "logs"))
"""How names in the data directory begin, and what they belong to."""


class StoreMethods:
    """The part of :class:`engine.api.EngineAPI` about the stores on disk."""

    manager: BackgroundServiceManager

    async def stores_report(self) -> StoresReport:
        """What the stores take of the disk, and what they are made with."""
        manager, database = self.manager, self.manager.context.database
        folder = manager.config.data_dir
        sizes, wal, free = await asyncio.to_thread(_on_disk, folder)
        numbers = {}
        for name in ("page_count", "freelist_count", "user_version"):
            row = await database.row(f"PRAGMA {name}")
            numbers[name] = int(row[0]) if row else 0
        return StoresReport(
            str(folder),
            sizes,
            wal,
            numbers["page_count"],
            numbers["freelist_count"],
            numbers["user_version"],
            free,
            manager.config.embedding.embedding_model,
            manager.config.embedding.backend,
            manager.context.embedder.pid is not None,
            await asyncio.to_thread(_versions),
        )


def _on_disk(folder: Path) -> tuple[dict[str, int], int, int]:
    """Sizes by store, that of the write-ahead log, and what is free."""
    sizes: Counter[str] = Counter(dict.fromkeys((name for _, name in PLACES), 0))
    wal = 0
    for entry in os.scandir(folder):
        name = next((store for start, store in PLACES if entry.name.startswith(start)), "other")
        size = sum(_sizes(entry))
        sizes[name] += size
        wal += size if entry.name == "vespera.db-wal" else 0
    return dict(sizes), wal, shutil.disk_usage(folder).free


def _sizes(entry: os.DirEntry[str]) -> Iterator[int]:
    try:
        if entry.is_dir(follow_symlinks=False):
            for inner in os.scandir(entry):
                yield from _sizes(inner)
        else:
            yield entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:  # stores come and go with their files while they are looked at
        return


@cache
def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0], "sqlite": sqlite3.sqlite_version}
    for part in PARTS:
        try:
            found[part] = version(part)
        except PackageNotFoundError:
            found[part] = "not installed"
    return found
