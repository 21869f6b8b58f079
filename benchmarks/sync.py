"""Ours: rebuilding the graph, following the change log, and the questions about the graph.

It calls what the child process calls when the engine asks it, in this process, and checks that the
graph equals the truth afterwards.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from benchmarks import task_graph
from benchmarks.measure import Contestant
from benchmarks.ours import NAME
from engine.database.connection import snapshot
from engine.graph import reach, readiness, unfinished
from engine.graph.readiness import Wanted
from engine.service_config import get_production_config
from engine.workers.projections.__main__ import ProjectionStores

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.measure import Sizes

DURABILITY = "Kuzu's"
LIMIT = 100
HOW = "graph_rebuild, then graph_drain, as the projections child; read back, position kept"


def contestant(template: Path) -> Contestant:
    def run(place: Path, sizes: Sizes) -> dict[str, float]:
        task_graph.copy(template, place)
        stores = ProjectionStores(place)
        rebuilt = _timed(lambda: _rebuild(stores))
        changed = task_graph.change(place, sizes)
        followed = _timed(lambda: _follow(stores))
        _check(stores)
        rows = len(changed.nodes) + len(changed.edges)
        with snapshot(place / task_graph.FILE) as connection:
            asked = {
                f"question {what}": _timed(ask) * 1000 for what, ask in _asked(connection, sizes)
            }
        return {"rebuild": rebuilt, "follow": rows / followed, **asked}

    return Contestant(NAME, DURABILITY, HOW, run)


def _rebuild(stores: ProjectionStores) -> None:
    told = stores.graph_rebuild_begin()
    while not told["over"]:
        told = stores.graph_rebuild_step()


def _follow(stores: ProjectionStores) -> None:
    batch = get_production_config().incremental_sync.batch_size
    while (told := stores.graph_drain(batch))["tasks"]:
        if told["rebuild"]:
            raise SystemExit("sync: too much changed to be followed")


def _check(stores: ProjectionStores) -> None:
    found = stores.parity("none")
    wrong = [
        part
        for part in ("nodes", "edges")
        if found[part]["error"] or found[part]["current"] != found[part]["expected"]
    ]
    if wrong:
        raise SystemExit(f"sync: the graph's {' and '.join(wrong)} do not equal the truth")


def _asked(connection: sqlite3.Connection, sizes: Sizes) -> list[tuple[str, Callable[[], Any]]]:
    oldest, newest = task_graph.name(sizes.graph_tasks // 2), task_graph.name(sizes.graph_tasks - 1)
    head = unfinished.position(connection)  # it is known that there is no cycle, as when it runs
    return [
        ("ready", lambda: readiness.ready(connection, Wanted(), LIMIT, head)),
        ("next ready", lambda: readiness.best_ready(connection, Wanted(), acyclic=True)),
        ("blocked", lambda: readiness.blocked(connection, Wanted(), LIMIT, head)),
        ("impact", lambda: reach.impact(connection, oldest, LIMIT)),
        ("blockers", lambda: reach.blockers(connection, newest, LIMIT)),
        ("bottlenecks", lambda: unfinished.bottlenecks(connection, LIMIT)),
        ("critical path", lambda: unfinished.critical_path(connection, None, LIMIT)),
    ]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
