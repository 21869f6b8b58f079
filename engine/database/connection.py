"""Opening the SQLite file: pragmas, schema, and refusing what is not ours."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from typing import TYPE_CHECKING

from engine.errors import DataDirectoryError

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION = 1
BUSY_SECONDS = 5.0
FILE_NAME = "vespera.db"


def open_writer(path: Path, *, synchronous: str = "full") -> sqlite3.Connection:
    """The one connection that writes and checkpoints; creates the schema in a new file.

    Raises DataDirectoryError when the file is damaged, newer than this program or not ours.
    """
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
        )
        try:
            _prepare(connection, synchronous)
            _create_or_check(connection, path)
        except BaseException:
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
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if synchronous == 'full' else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")


def _create_or_check(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise DataDirectoryError(
            f"{path}: written by a newer Vespera (schema {version}, this one knows"
            f" {SCHEMA_VERSION}); upgrade this program"
        )
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables:
        raise DataDirectoryError(f"{path}: not a Vespera store; use another --data-dir")
    schema = files("engine.database").joinpath("schema.sql").read_text(encoding="utf-8")
    # one transaction, so that a crash leaves an empty file and not half a schema
    connection.executescript(
        f"BEGIN IMMEDIATE;\n{schema}\nPRAGMA user_version = {SCHEMA_VERSION};\nCOMMIT;"
    )
