"""Checking and adding an edge on a random acyclic graph: ours, networkx, a recursive query."""

from __future__ import annotations

import gc
import random
import sqlite3
import statistics
import time
from array import array
from contextlib import closing
from typing import TYPE_CHECKING

import networkx as nx

from benchmarks.measure import Contestant
from engine.cycles.graph import WaitingGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.measure import Sizes

    Edges = Sequence[tuple[int, int]]
    Add = Callable[[int, int], bool]

REACHES = """
    WITH RECURSIVE reached (node) AS (
        VALUES (?) UNION SELECT target FROM edges JOIN reached ON source = node
    )
    SELECT 1 FROM reached WHERE node = ? LIMIT 1
"""


def acyclic(tasks: int, edges: int) -> list[tuple[int, int]]:
    """Random edges that all go up in one hidden random order."""
    draw = random.Random(1)  # noqa: S311 - repeatable, not secret
    place = list(range(tasks))
    draw.shuffle(place)
    pairs = (draw.sample(range(tasks), 2) for _ in range(edges))
    return [(a, b) if place[a] < place[b] else (b, a) for a, b in pairs]


def candidates(sizes: Sizes, number: int) -> list[tuple[int, int]]:
    """Random pairs, either way round: many go against the order, some would close a cycle."""
    draw = random.Random(2)  # noqa: S311 - repeatable, not secret
    return [tuple(draw.sample(range(sizes.tasks), 2)) for _ in range(number)]  # type: ignore[misc]


def timed(add: Add, pairs: Edges) -> dict[str, float]:
    """Microseconds of the pairs that were added and of those refused."""
    gc.collect()
    gc.freeze()  # as the engine does once its order is loaded
    times: dict[bool, list[float]] = {True: [], False: []}
    for first, then in pairs:
        before = time.perf_counter()
        added = add(first, then)
        times[added].append((time.perf_counter() - before) * 1e6)
    gc.unfreeze()
    if not times[True]:
        raise SystemExit("no edge could be added")
    both = {"every pair": times[True] + times[False], "added edge": times[True]}
    if times[False]:
        both["refused edge"] = times[False]
    return {f"{what} {name}": v for what, ts in both.items() for name, v in _quantiles(ts).items()}


def _quantiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive") if values[1:] else values * 99
    return {"p50": cuts[49], "p99": cuts[98], "max": max(values)}


def ours(_: Path, sizes: Sizes) -> dict[str, float]:
    after = [array("i") for _ in range(sizes.tasks)]
    for first, then in acyclic(sizes.tasks, sizes.links):
        after[first].append(then)
    names = [f"t-{number}" for number in range(sizes.tasks)]
    graph = WaitingGraph.load({name: number for number, name in enumerate(names)}, after)

    def add(first: int, then: int) -> bool:
        return graph.add(names[first], names[then], reject=True) is None

    return timed(add, candidates(sizes, sizes.pairs))


def networkx(_: Path, sizes: Sizes) -> dict[str, float]:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(sizes.tasks))
    graph.add_edges_from(acyclic(sizes.tasks, sizes.links))

    def add(first: int, then: int) -> bool:
        if nx.has_path(graph, then, first):
            return False
        graph.add_edge(first, then)
        return True

    return timed(add, candidates(sizes, sizes.peer_pairs))


def recursive(folder: Path, sizes: Sizes) -> dict[str, float]:
    with closing(sqlite3.connect(folder / "graph.db", isolation_level=None)) as connection:
        connection.execute(
            "CREATE TABLE edges (source INTEGER, target INTEGER, PRIMARY KEY (source, target))"
            " WITHOUT ROWID"
        )
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT OR IGNORE INTO edges VALUES (?, ?)", acyclic(sizes.tasks, sizes.links)
        )

        def add(first: int, then: int) -> bool:
            if connection.execute(REACHES, (then, first)).fetchone():
                return False
            connection.execute("INSERT OR IGNORE INTO edges VALUES (?, ?)", (first, then))
            return True

        return timed(add, candidates(sizes, sizes.peer_pairs))


def contestants() -> list[Contestant]:
    rows = (
        ("vespera", "the order in memory, by task id, with the path of a refusal", ours),
        ("networkx", "has_path, then add_edge", networkx),
        (
            "recursive SQL",
            "WITH RECURSIVE from the end, integer keys, in one transaction",
            recursive,
        ),
    )
    return [Contestant(name, "", how, run, "") for name, how, run in rows]
