"""Reads the waiting graph from the file of truth."""

from __future__ import annotations

import contextlib
import gc
from array import array
from functools import partial
from typing import TYPE_CHECKING

from engine.cycles.graph import WaitingGraph
from engine.database.connection import snapshot

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROWS = 10_000
"""Rows fetched at once; between two lots other threads have their turn."""
LINKS = (
    "SELECT task_id, target_id, kind = 'blocks' FROM links WHERE kind IN ('blocks', 'parent-child')"
)
POSITION = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'changes'"


class LoadingStoppedError(Exception):
    """Nobody wants the graph any more. Nothing has to be done."""


def read(path: Path, stopped: Callable[[], bool]) -> tuple[WaitingGraph, int]:
    """The graph as it is committed now, and the position in the change log that it stands for.

    Meant for a thread of its own: five million links take tens of seconds. Raises sqlite3.Error,
    and LoadingStoppedError when ``stopped`` says so.
    """
    with snapshot(path) as connection, _no_collection():
        connection.row_factory = None  # plain tuples: quicker, and there may be millions
        (position,) = connection.execute(POSITION).fetchone()
        nodes: dict[str, int] = {}
        for rows in _lots(connection, "SELECT id FROM tasks", stopped):
            for (task_id,) in rows:
                nodes[task_id] = len(nodes)
        after = [array("i") for _ in nodes]
        for rows in _lots(connection, LINKS, stopped):
            for source, target, blocks in rows:
                if target in nodes:
                    waiter, waited_for = (source, target) if blocks else (target, source)
                    after[nodes[waiter]].append(nodes[waited_for])
        return WaitingGraph.load(nodes, after, partial(_look, stopped)), position


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of lists are made, all to stay: each pass over them would stop all threads."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if enabled:
            gc.enable()


def _lots(
    connection: sqlite3.Connection, sql: str, stopped: Callable[[], bool]
) -> Iterator[list[tuple[str, ...]]]:
    cursor = connection.execute(sql)
    while rows := cursor.fetchmany(ROWS):
        _look(stopped)
        yield rows


def _look(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise LoadingStoppedError
