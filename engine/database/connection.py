"""Opening the SQLite file: pragmas, schema, and refusing what is not ours."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.database.schema import create_or_migrate
from engine.database.writer import WriterConnection
from engine.errors import DataDirectoryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 5.0
FILE_NAME = "vespera.db"


def open_writer(path: Path, *, synchronous: str = "full") -> WriterConnection:
    """The one connection that writes and checkpoints.

    Makes the tables of a new file, and brings an older one up. Raises DataDirectoryError when the
    file is damaged, newer than this program or not ours.
    """
    try:
        connection = WriterConnection(
            path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
        )
        try:
            _prepare(connection, synchronous)
            create_or_migrate(connection, path)
        except BaseException:
            if connection.in_transaction:
                connection.rollback()
            connection.close()
            raise
    except sqlite3.Error as error:
        raise DataDirectoryError(
            f"{path}: {error}; restore it from a backup or an export, or use another --data-dir"
        ) from error
    connection.row_factory = sqlite3.Row
    return connection


def _prepare(connection: sqlite3.Connection, synchronous: str) -> None:
    # auto_vacuum only takes effect before the first table exists
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":  # for instance on a network's file system: no two processes could share it
        raise sqlite3.OperationalError(f"its journal mode stays {mode}, so it can't be shared")
    connection.execute(f"PRAGMA synchronous = {'FULL' if synchronous == 'full' else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")


@contextmanager
def snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read, and sees one consistent state of all tables."""
    # as_uri quotes: a folder may have ?, # or % in its name
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()
