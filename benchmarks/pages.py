"""How long a screen of a long list takes: our pages beside the bare statement on the same file."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.measure import FULL_FILE, Contestant
from benchmarks.ours import NAME, opened
from benchmarks.raw import NAME as RAW
from engine.database.connection import FILE_NAME
from engine.operation_views import OperationsQuery
from engine.operations import OperationFilter

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Sizes

SCREEN = 200
BARE = "SELECT * FROM finished_operations ORDER BY finished_at DESC, id DESC LIMIT ?"


def questions(rows: int) -> dict[str, OperationsQuery]:
    return {
        "page first": OperationsQuery(limit=SCREEN),
        "page last": OperationsQuery(limit=SCREEN, offset=2 * rows - SCREEN),
        "page newest": OperationsQuery(OperationFilter(state="completed"), limit=SCREEN),
        "page by number": OperationsQuery(sort="id", descending=True, limit=SCREEN),
        "page by key": OperationsQuery(sort="key", limit=SCREEN),
        "page by target": OperationsQuery(OperationFilter(target="t-77*"), limit=SCREEN),
    }


async def measure(folder: Path, sizes: Sizes) -> dict[str, float]:
    found = {}
    async with opened(folder, "NORMAL") as (_, queue):
        for name, question in questions(sizes.rows).items():
            started = time.perf_counter()
            page = await queue.page(question)
            found[name] = (time.perf_counter() - started) * 1000
            if not page.rows or page.total < len(page.rows):
                raise RuntimeError(f"{name}: {len(page.rows)} rows of {page.total}")
    return found


def ours() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        return asyncio.run(measure(folder, sizes))

    how = f"queue.page, {SCREEN} rows and the total; the file was just copied"
    return Contestant(NAME, "NORMAL", how, run, FULL_FILE)


def bare() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
            started = time.perf_counter()
            rows = connection.execute(BARE, (SCREEN,)).fetchall()
            seconds = time.perf_counter() - started
        if len(rows) != min(SCREEN, sizes.rows):
            raise RuntimeError(f"{len(rows)} rows")
        return {"page newest": seconds * 1000}

    return Contestant(RAW, "NORMAL", f"one SELECT of {SCREEN} rows, no total", run, FULL_FILE)
