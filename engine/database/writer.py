"""Group commit: one thread, one connection, and everything that waits goes into one transaction.

A job is a function of the connection. The jobs that callers hand over in one turn of the event
loop, and all that wait by then, are run in one transaction; their futures resolve after the commit,
never before. Should one of them raise, the transaction is undone and the jobs are run again, each
under a savepoint of its own, so that it takes nothing of its neighbours with it: a savepoint a job
from the start would cost more than the rare second run. So a job does nothing but read and write
the connection; what it wants told after the commit goes into ``connection.effects``, and what it
changes in memory along with the file, it must be able to take back (``connection.undo``).
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import DataDirectoryError

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Sequence

T = TypeVar("T")
MAX_GROUP = 1000
"""Jobs handed over at once at most; bounds how long one commit can take."""
FULL = 2
"""SQLite's number for waiting until a commit is on the disk."""
Effects = Mapping[tuple[str, ...], int]


class WriterConnection(sqlite3.Connection):
    """The writing connection. ``effects`` counts what listeners are told once it is committed.

    ``undo`` has, in order, what takes back the changes that this transaction made in memory; it
    is run from the end as far as the transaction or a savepoint is rolled back.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.effects: Counter[tuple[str, ...]] = Counter()
        self.undo: list[Callable[[], None]] = []

    def begin(self) -> None:
        """Start a transaction."""
        self.effects.clear()
        self.undo.clear()
        self.execute("BEGIN IMMEDIATE")

    def give_up(self) -> None:
        """Undo the transaction, in memory too; SQLite may have undone its part already."""
        if self.in_transaction:
            self.execute("ROLLBACK")
        self.effects.clear()
        self._take_back(0)

    def _take_back(self, mark: int) -> None:
        while len(self.undo) > mark:
            self.undo.pop()()

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did, effects included, when it raises; the error goes on."""
        effects, mark = self.effects.copy(), len(self.undo)
        self.execute("SAVEPOINT part")
        try:
            yield
        except BaseException as error:
            if not self.in_transaction:  # SQLite undid it all, for instance on a full disk
                raise sqlite3.OperationalError(str(error)) from error
            self.execute("ROLLBACK TO part")
            self.execute("RELEASE part")
            self.effects = effects
            self._take_back(mark)
            raise
        self.execute("RELEASE part")


@dataclass(slots=True)
class _Job:
    run: Callable[[WriterConnection], Any]
    future: asyncio.Future[Any]
    alone: bool = False
    lazy: bool = False
    result: Any = None
    error: BaseException | None = None

    def resolve(self) -> None:
        if self.future.done():  # its caller was cancelled; the commit stands
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Runs jobs on the writing connection; made and used on one event loop.

    ``listeners`` are called on the loop with the effects of each commit, before its futures
    resolve.
    """

    def __init__(self, connection: WriterConnection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._turn: list[_Job] = []
        self._handed: queue.SimpleQueue[list[_Job] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="vespera-writer", daemon=True)
        self.listeners: list[Callable[[Effects], None]] = []
        self._closed = False
        self._durable = connection.execute("PRAGMA synchronous").fetchone()[0] >= FULL
        self._waits = self._durable
        self._thread.start()

    def submit(
        self,
        job: Callable[[WriterConnection], T],
        *,
        alone: bool = False,
        lazy: bool = False,
        at_once: bool = False,
    ) -> Future[T]:
        """The job's result, once it is committed.

        ``alone`` runs it outside any transaction (VACUUM, checkpoints). ``lazy``: a loss of power
        may undo it; a commit of nothing else need not wait for the disk. ``at_once`` does not wait
        for others in this turn of the loop. A cancelled future does not stop a job that was handed
        over: it commits. It raises what the job raises, or DataDirectoryError when the transaction
        as a whole could not be written; so does this method when the writer is closed.
        """
        if self._closed:
            raise DataDirectoryError("the store is closed")
        item = _Job(job, self._loop.create_future(), alone, lazy)
        # handed over when all that is ready has run: the thread then has a whole group to work
        # on while the loop is idle, instead of both wrestling for the interpreter's lock
        if not self._turn:
            self._loop.call_soon(self._hand_over)
        self._turn.append(item)
        if at_once or len(self._turn) >= MAX_GROUP:
            self._hand_over()
        return item.future

    def _hand_over(self) -> None:
        if self._turn:
            self._handed.put(self._turn)
            self._turn = []

    async def close(self) -> None:
        """Finish what was handed over, then close the connection."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._handed.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        stop = False
        while not stop and (group := self._handed.get()) is not None:
            stop = self._gather(group)
            for job in group:
                if job.alone:
                    self._run_alone(job)
            together = [job for job in group if not job.alone]
            effects = self._commit(together) if together else {}
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._resolve, group, effects)
        self._connection.close()

    def _gather(self, group: list[_Job]) -> bool:
        """Add what else waits; whether the end was among it."""
        with contextlib.suppress(queue.Empty):
            while len(group) < MAX_GROUP:
                more = self._handed.get_nowait()
                if more is None:
                    return True
                group += more
        return False

    def _run_alone(self, job: _Job) -> None:
        try:
            job.result = job.run(self._connection)
        except Exception as error:  # noqa: BLE001 - handed to whoever awaits the job
            job.error = error

    def _commit(self, group: Sequence[_Job]) -> Effects:
        connection = self._connection
        try:
            self._wait_for_disk(not all(job.lazy for job in group))
            if not self._try_together(group):
                self._each_by_itself(group)
        except sqlite3.Error as error:
            connection.give_up()
            for job in group:
                job.error = DataDirectoryError(f"vespera.db: {error}; nothing was written")
                job.error.__cause__ = error
            return {}
        return dict(connection.effects)

    def _wait_for_disk(self, wanted: bool) -> None:
        if self._durable and wanted != self._waits:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if wanted else 'NORMAL'}")
            self._waits = wanted

    def _try_together(self, group: Sequence[_Job]) -> bool:
        connection = self._connection
        connection.begin()
        try:
            for job in group:
                job.result = job.run(connection)
        except Exception:  # noqa: BLE001 - the second run hands it to whoever awaits the job
            connection.give_up()
            return False
        connection.execute("COMMIT")
        return True

    def _each_by_itself(self, group: Sequence[_Job]) -> None:
        connection = self._connection
        connection.begin()
        for job in group:
            self._run_in_savepoint(job)
        connection.execute("COMMIT")

    def _run_in_savepoint(self, job: _Job) -> None:
        try:
            with self._connection.savepoint():
                job.result = job.run(self._connection)
        except Exception as error:
            if not self._connection.in_transaction:
                raise
            job.error = error

    def _resolve(self, jobs: Sequence[_Job], effects: Effects) -> None:
        if effects:
            for listener in self.listeners:
                listener(effects)
        for job in jobs:
            job.resolve()
