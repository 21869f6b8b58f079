"""The full audit of a graph, beside scipy alone: building the matrix and its components."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import time
from array import array
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.measure import Contestant
from engine.clock import SystemClock
from engine.cycles import loading
from engine.cycles.arrays import pack
from engine.cycles.graph import WaitingGraph
from engine.database import schema
from engine.database.connection import FILE_NAME
from engine.stores.projections import Projections

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.measure import Sizes

    Ends = tuple[NDArray[np.int32], NDArray[np.int32]]

SECONDS = 3600.0


def edges(sizes: Sizes) -> Ends:
    """Random edges up a hidden random order, but for a ring of three."""
    draw = np.random.default_rng(1)
    pairs = draw.integers(0, sizes.audit_tasks, (2, sizes.audit_links), dtype=np.int32)
    pairs = np.sort(pairs[:, pairs[0] != pairs[1]], axis=0)
    place = draw.permutation(sizes.audit_tasks).astype(np.int32)
    starts, ends = place[pairs]
    ring = place[[0, 1, 2]]
    return np.append(starts, ring), np.append(ends, ring[[1, 2, 0]])


def bare(_: Path, sizes: Sizes) -> dict[str, float]:
    starts, ends = edges(sizes)
    before = time.perf_counter()
    ones = np.ones(len(starts), dtype=np.int8)
    graph = coo_array((ones, (starts, ends)), shape=(sizes.audit_tasks,) * 2).tocsr()
    number, _ = connected_components(graph, directed=True, connection="strong")
    seconds = time.perf_counter() - before
    if number != sizes.audit_tasks - 2:
        raise SystemExit(f"scipy found {number} components")
    return {"audit": seconds}


def from_order(folder: Path, sizes: Sizes) -> dict[str, float]:
    """What a full check does when the order is loaded, on a real child that is warm."""
    after = [array("i") for _ in range(sizes.audit_tasks)]
    for first, then in zip(*(part.tolist() for part in edges(sizes)), strict=True):
        after[first].append(then)
    names = {f"t-{number:06x}": number for number in range(sizes.audit_tasks)}
    before = time.perf_counter()
    graph = WaitingGraph.load(names, after)
    loaded = time.perf_counter() - before
    gc.collect()
    gc.freeze()

    async def run() -> dict[str, float]:
        projections = Projections(folder, clock=SystemClock(), seconds=SECONDS)
        try:
            await projections.components(pack(WaitingGraph()))  # the child starts, scipy is there
            before = time.perf_counter()
            packed = pack(graph)
            copied = time.perf_counter() - before
            found = await projections.components(packed)
            seconds = time.perf_counter() - before
        finally:
            await projections.stop()
        if list(map(len, found)) != [3]:
            raise SystemExit(f"the audit found components of {list(map(len, found))} tasks")
        return {"audit": seconds, "audit: copying": copied, "audit: sorting anew": loaded}

    found = asyncio.run(run())
    gc.unfreeze()
    return found


def from_file(folder: Path, sizes: Sizes) -> dict[str, float]:
    """The same from SQLite: all rows are read, by the child and by the loader of the order."""
    _fill(folder / FILE_NAME, sizes)

    async def run() -> float:
        projections = Projections(folder, clock=SystemClock(), seconds=SECONDS)
        try:
            await projections.components(pack(WaitingGraph()))
            before = time.perf_counter()
            report = await projections.audit(50, 10.0)
            seconds = time.perf_counter() - before
        finally:
            await projections.stop()
        if [len(component.tasks) for component in report.components] != [3]:
            raise SystemExit(f"the audit found {len(report.components)} components")
        return seconds

    seconds = asyncio.run(run())
    before = time.perf_counter()
    loading.read(folder / FILE_NAME, lambda: False)
    gc.unfreeze()
    return {"audit": seconds, "audit: loading the order": time.perf_counter() - before}


def _fill(path: Path, sizes: Sizes) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(schema.script())
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        names = [f"t-{number:06x}" for number in range(sizes.audit_tasks)]
        connection.executemany(
            "INSERT INTO tasks (id, title, created_at, updated_at, content_hash)"
            " VALUES (?, 'T', 1, 1, 'h')",
            ((name,) for name in names),
        )
        pairs = sorted({*zip(*(part.tolist() for part in edges(sizes)), strict=True)})
        connection.executemany(
            "INSERT INTO links VALUES (?, ?, 'blocks', 1, 'ann', 1)",
            ((names[a], names[b]) for a, b in pairs),
        )
        connection.execute("COMMIT")


def contestants() -> list[Contestant]:
    rows = (
        ("bare scipy", "int32 arrays, coo to csr, connected_components", bare),
        ("vespera", "the order in memory, copied, handed to the child, components", from_order),
    )
    return [Contestant(name, "", how, run, "") for name, how, run in rows]


def file_contestant() -> Contestant:
    how = "all rows read from SQLite by the child, components, explanations"
    return Contestant("vespera, file", "", how, from_file, "")
