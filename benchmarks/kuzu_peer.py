"""Bare Kuzu on the same rows: two COPY statements, and batched upserts."""

from __future__ import annotations

import csv
import time
from typing import TYPE_CHECKING, Any

from benchmarks import task_graph
from benchmarks.measure import Contestant
from benchmarks.sync import DURABILITY
from engine.service_config import get_production_config
from engine.workers.projections.bulk import OPTIONS
from engine.workers.projections.graph import EDGE_KEY, UPSERT_NODES, Graph
from engine.workers.projections.truth import Snapshot, Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.measure import Sizes

UPSERT_EDGES = (
    f"{EDGE_KEY}, r.version AS version, r.created_at AS created_at"
    " MATCH (a:Task) WHERE a.id = source WITH a, target, kind, version, created_at"
    " MATCH (b:Task) WHERE b.id = target MERGE (a)-[l:Link {kind: kind}]->(b)"
    " SET l.version = version, l.created_at = created_at"
)
HOW = "COPY of CSV files that are there already; UNWIND and MERGE of rows that are there already"


def contestant(template: Path) -> Contestant:
    def run(place: Path, sizes: Sizes) -> dict[str, float]:
        task_graph.copy(template, place)
        graph = Graph(place)
        graph.open()
        with Truth(place).snapshot() as truth:
            _write(place / "nodes.csv", truth.all_nodes())
            _write(place / "edges.csv", truth.all_edges())
        started = time.perf_counter()
        for table in ("Task", "Link"):
            file = place / ("nodes.csv" if table == "Task" else "edges.csv")
            graph.run(f"COPY {table} FROM '{file}' ({OPTIONS})")
        copied = time.perf_counter() - started
        changed = task_graph.change(place, sizes)
        with Truth(place).snapshot() as truth:
            nodes, edges = _rows(truth, changed)
        started = time.perf_counter()
        _upsert(graph, nodes, edges)
        rate = (len(nodes) + len(edges)) / (time.perf_counter() - started)
        _check(graph, place)
        graph.close()
        return {"rebuild": copied, "follow": rate}

    return Contestant("bare Kuzu", DURABILITY, HOW, run)


def _write(file: Path, rows: Iterator[tuple[Any, ...]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL, doublequote=True).writerows(rows)


def _rows(
    truth: Snapshot, changed: task_graph.Changed
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    edges = truth.edges(changed.nodes, [])
    return truth.nodes(changed.nodes), [edge for edge in edges if edge["kind"] == "new"]


def _upsert(graph: Graph, nodes: Sequence[Any], edges: Sequence[Any]) -> None:
    size = get_production_config().incremental_sync.batch_size
    for query, rows in ((UPSERT_NODES, nodes), (UPSERT_EDGES, edges)):
        for start in range(0, len(rows), size):
            graph.run(query, rows=list(rows[start : start + size]))


def _check(graph: Graph, place: Path) -> None:
    with Truth(place).snapshot() as truth:
        if (graph.versions(), graph.edges()) != (truth.versions(), truth.links()):
            raise SystemExit("bare Kuzu: the graph does not equal the truth")
