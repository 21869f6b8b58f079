"""The store of truth: one writer, and readers that can do nothing but read."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite

from engine.database.connection import FILE_NAME, open_writer, snapshot
from engine.database.writer import Writer
from engine.errors import DataDirectoryError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from engine.database.writer import WriterConnection

T = TypeVar("T")
READERS = 2
"""So that a long read (an export) does not hold up the screen's short ones."""


class Database:
    """The SQLite file in ``data_dir``."""

    def __init__(self, data_dir: Path, *, synchronous: str = "full") -> None:
        self.path = data_dir / FILE_NAME
        self._synchronous = synchronous
        self._writer: Writer | None = None
        self._readers: list[aiosqlite.Connection] = []
        self._turn = itertools.count()

    @property
    def writer(self) -> Writer:
        """The group-committing writer; DataDirectoryError unless the store is open."""
        if self._writer is None:
            raise DataDirectoryError("the store is closed")
        return self._writer

    async def open(self) -> None:
        """Open the file, creating it with its schema. Raises DataDirectoryError."""
        connection = await asyncio.to_thread(open_writer, self.path, synchronous=self._synchronous)
        self._writer = Writer(connection)
        for _ in range(READERS):
            reader = await aiosqlite.connect(f"file:{self.path}?mode=ro", uri=True)
            reader.row_factory = aiosqlite.Row
            await reader.execute("PRAGMA query_only = ON")
            self._readers.append(reader)

    async def close(self) -> None:
        """Commit what waits and close everything."""
        for reader in self._readers:
            await reader.close()
        self._readers.clear()
        if self._writer is not None:
            await self._writer.close()
            self._writer = None

    async def write(
        self, job: Callable[[WriterConnection], T], *, alone: bool = False, lazy: bool = False
    ) -> T:
        """Run ``job`` in a transaction; see :meth:`Writer.submit`."""
        return await self.writer.submit(job, alone=alone, lazy=lazy)

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``job``, which may ask many queries, on one snapshot in a thread of its own."""
        self.writer  # noqa: B018 - raises when the store is closed
        return await asyncio.to_thread(self._read, job)

    def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        with snapshot(self.path) as connection:
            return job(connection)

    async def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query, in one hop to a reader's thread."""
        if not self._readers:
            raise DataDirectoryError("the store is closed")
        reader = self._readers[next(self._turn) % len(self._readers)]
        return list(await reader.execute_fetchall(sql, parameters))

    async def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found = await self.rows(sql, parameters)
        return found[0] if found else None
