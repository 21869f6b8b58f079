"""Group commit: one thread, one connection, and everything that waits goes into one transaction.

A job is a function of the connection. All jobs waiting when a transaction starts are run in it,
each under its own savepoint, so that one that fails takes nothing of its neighbours with it; their
futures resolve after the commit, never before.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import DataDirectoryError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MAX_GROUP = 1000
"""Jobs in one transaction at most; bounds how long one commit can take."""


@dataclass(slots=True)
class _Job:
    run: Callable[[sqlite3.Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    alone: bool = False
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
    """Runs jobs on the writing connection; ``after_commit`` runs on the loop after each commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="vespera-writer", daemon=True)
        self.after_commit: Callable[[], None] | None = None
        self._closed = False
        self._thread.start()

    async def run(self, job: Callable[[sqlite3.Connection], T], *, alone: bool = False) -> T:
        """The job's result once it is committed.

        ``alone`` runs it outside any transaction (VACUUM, checkpoints). A cancelled caller does
        not stop a job that was handed over: it commits. Raises what the job raises, or
        DataDirectoryError when the transaction as a whole could not be written.
        """
        if self._closed:
            raise DataDirectoryError("the store is closed")
        loop = asyncio.get_running_loop()
        item = _Job(job, loop, loop.create_future(), alone)
        self._jobs.put(item)
        result: T = await item.future
        return result

    async def close(self) -> None:
        """Finish what was handed over, then close the connection."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while (first := self._jobs.get()) is not None:
            group, stop = self._gather(first)
            for job in group:
                if job.alone:
                    self._run_alone(job)
            together = [job for job in group if not job.alone]
            if together:
                self._commit(together)
            self._hand_back(group)
            if stop:
                break
        self._connection.close()

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        group = [first]
        with contextlib.suppress(queue.Empty):
            while len(group) < MAX_GROUP:
                job = self._jobs.get_nowait()
                if job is None:
                    return group, True
                group.append(job)
        return group, False

    def _run_alone(self, job: _Job) -> None:
        try:
            job.result = job.run(self._connection)
        except Exception as error:  # noqa: BLE001 - handed to whoever awaits the job
            job.error = error

    def _commit(self, group: list[_Job]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in group:
                self._run_in_savepoint(job)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for job in group:
                job.error = DataDirectoryError(f"vespera.db: {error}; nothing was written")
                job.error.__cause__ = error

    def _run_in_savepoint(self, job: _Job) -> None:
        connection = self._connection
        connection.execute("SAVEPOINT job")
        try:
            job.result = job.run(connection)
        except Exception as error:
            if not connection.in_transaction:  # SQLite undid it all, for instance on a full disk
                raise sqlite3.OperationalError(str(error)) from error
            connection.execute("ROLLBACK TO job")
            job.error = error
        connection.execute("RELEASE job")

    def _hand_back(self, group: list[_Job]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job in group:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, jobs in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._resolve, jobs)

    def _resolve(self, jobs: list[_Job]) -> None:
        for job in jobs:
            job.resolve()
        if self.after_commit is not None:
            self.after_commit()
