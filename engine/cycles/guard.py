"""Decides inside the writing transaction whether a link closes a cycle.

The order is loaded beside the running engine. Until it is there, and whenever it turns out not to
fit what is written, the truth itself is walked, so that an answer is exact at any time.
"""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from engine.cycles import loading, walk
from engine.errors import CycleError, VesperaError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.cycles.graph import WaitingGraph
    from engine.database.database import Database
    from engine.database.writer import WriterConnection

    Edge = tuple[str, str]
    Undo = Callable[[WaitingGraph], None]
    Change = Callable[[WaitingGraph, bool], Undo]

WRONG = (KeyError, ValueError, IndexError)
"""What the graph raises when it is asked for something that it does not have."""


class _Missed(NamedTuple):
    """A change made while the graph was being read."""

    position: int
    """In the change log, before it was made; a graph read later has it."""
    change: Change


class CycleGuard:
    """The waiting graph in step with the truth.

    ``start``, ``load`` and ``close`` belong to the event loop, all else to the writer's thread.
    ``notice`` is told, on the loop, when the order did not fit or could not be loaded.
    """

    def __init__(self, database: Database, notice: Callable[[str], None] = lambda _: None) -> None:
        self._database, self.notice = database, notice
        self._loop = asyncio.get_running_loop()
        self._missed: list[_Missed] | None = None
        """What was written since loading began; None while nothing is being loaded."""
        self._loading: asyncio.Task[None] | None = None
        self._closed = False
        self.graph: WaitingGraph | None = None
        """As the transaction that runs sees it; None while it is not loaded."""

    @property
    def acyclic(self) -> bool:
        """That there is no cycle; False also while nobody knows. For the writer's thread."""
        return self.graph is not None and not self.graph.aside

    def start(self) -> None:
        """Load in the background, unless that is under way."""
        if not self._closed and (self._loading is None or self._loading.done()):
            self._loading = asyncio.create_task(self._load(), name="cycle-order")

    async def load(self) -> None:
        """Load, and wait until the order answers."""
        self.start()
        if self._loading is not None:
            await self._loading

    async def close(self) -> None:
        """Stop loading; to be called before the database closes."""
        self._closed = True
        if self._loading is not None:
            await self._loading

    async def _load(self) -> None:
        # alone: between transactions, so that none is half on this side of it
        try:
            await self._database.write(self._begin, alone=True)
            graph, position = await asyncio.to_thread(
                loading.read, self._database.path, lambda: self._closed
            )
            await self._database.write(partial(self._install, graph, position), alone=True)
        except loading.LoadingStoppedError:
            return
        except (sqlite3.Error, VesperaError, *WRONG) as error:
            if not self._closed:
                self.notice(f"the order could not be loaded: {type(error).__name__}: {error}")

    def _begin(self, _: WriterConnection) -> None:
        self.graph, self._missed = None, []

    def _install(self, graph: WaitingGraph, position: int, _: WriterConnection) -> None:
        missed, self._missed = self._missed or [], None
        for step in missed:
            if step.position >= position:
                step.change(graph, False)
        self.graph = graph

    def linked(self, connection: WriterConnection, edge: Edge, *, reject: bool) -> None:
        """A waiting edge is being stored. CycleError if it closes a cycle and must not."""
        if not self._changed(connection, partial(_link, edge), reject) and reject:
            self._refuse(connection, edge)

    def unlinked(self, connection: WriterConnection, edge: Edge) -> None:
        """A waiting edge is being removed."""
        self._changed(connection, partial(_unlink, edge))

    def created(self, connection: WriterConnection, task_id: str, *, reject: bool) -> None:
        """A task was stored: links to it that dangled become edges. CycleError as in linked."""
        edges = walk.edges_of_target(connection, task_id)
        if not self._changed(connection, partial(_create, task_id, edges), reject) and reject:
            for edge in edges:
                if edge[0] == task_id:  # a cycle through a task leaves it by one of its edges
                    self._refuse(connection, edge)

    def deleted(self, connection: WriterConnection, task_id: str) -> None:
        """A task is being removed, with all its links."""
        self._changed(connection, partial(_drop, task_id))

    def _refuse(self, connection: WriterConnection, edge: Edge) -> None:
        """What the graph would do, by asking the truth."""
        waiter, waited_for = edge
        if walk.exists(connection, waiter) and walk.exists(connection, waited_for):
            back = walk.path(connection, waited_for, waiter)
            if back is not None:
                raise CycleError([waiter, *back])
        if self._missed is None:  # the first to need the order has it loaded
            self._loop.call_soon_threadsafe(self.start)

    def _changed(self, connection: WriterConnection, change: Change, reject: bool = False) -> bool:
        """Change the graph; False when it is not there or did not fit."""
        graph = self.graph
        if graph is None:
            if self._missed is not None:
                (position,) = connection.execute(loading.POSITION).fetchone()
                self._missed.append(_Missed(position, change))
                connection.undo.append(partial(self._forget_last, self._missed))
            return False
        try:
            undo = change(graph, reject)
        except WRONG as error:
            self._doubt(error)
            return False
        connection.undo.append(partial(self._take_back, graph, undo))
        return True

    @staticmethod
    def _forget_last(missed: list[_Missed]) -> None:
        missed.pop()

    def _take_back(self, graph: WaitingGraph, undo: Undo) -> None:
        try:
            undo(graph)
        except WRONG as error:
            if graph is self.graph:
                self._doubt(error)

    def _doubt(self, error: Exception) -> None:
        """The graph is not what the truth is: forget it and load it anew."""
        self.graph = None
        self._loop.call_soon_threadsafe(self._reload, f"{type(error).__name__}: {error}")

    def doubt(self, why: str) -> None:
        """Forget the graph and load it anew; to be called within a transaction."""
        if self.graph is not None:
            self._doubt(LookupError(why))

    def _reload(self, why: str) -> None:
        self.notice(f"the order did not fit and is loaded anew: {why}")
        self.start()


def _link(edge: Edge, graph: WaitingGraph, reject: bool) -> Undo:
    if not (edge[0] in graph and edge[1] in graph):
        return _nothing
    path = graph.add(*edge, reject=reject)
    if path is not None and reject:
        raise CycleError([edge[0], *path])
    return lambda graph: graph.remove(*edge)


def _unlink(edge: Edge, graph: WaitingGraph, _: bool) -> Undo:
    if not (edge[0] in graph and edge[1] in graph):
        return _nothing
    graph.remove(*edge)
    return partial(_restore, [edge])


def _create(task_id: str, edges: Sequence[Edge], graph: WaitingGraph, reject: bool) -> Undo:
    graph.create(task_id)
    for edge in edges:
        path = graph.add(*edge, reject=reject)
        if path is not None and reject:
            graph.drop(task_id)
            raise CycleError([edge[0], *path])

    def undo(graph: WaitingGraph) -> None:
        graph.drop(task_id)

    return undo


def _drop(task_id: str, graph: WaitingGraph, _: bool) -> Undo:
    gone = graph.drop(task_id)

    def undo(graph: WaitingGraph) -> None:
        graph.create(task_id)
        _restore(gone, graph)

    return undo


def _restore(edges: Sequence[Edge], graph: WaitingGraph) -> None:
    for edge in edges:
        graph.add(*edge, reject=False)


def _nothing(_: WaitingGraph) -> None:
    pass
