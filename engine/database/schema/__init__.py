"""The tables, a file a subject, and bringing the file of an earlier version up to them."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from engine.errors import DataDirectoryError
from engine.queue.fingerprint import fingerprint

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

VERSION = 4
SUBJECTS = (
    "tasks", "search", "queue", "reversal", "cycles", "monitoring", "idempotency", "optimization",
)  # fmt: skip
_INCLUDED = re.compile(r"^-- schema: (\w+)$", re.MULTILINE)


def script() -> str:
    """All statements that make an empty store."""
    return "\n".join(_subject(name) for name in SUBJECTS)


def _subject(name: str) -> str:
    return files("engine.database.schema").joinpath(f"{name}.sql").read_text(encoding="utf-8")


def create_or_migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of an empty file; bring those of an older version up, after a backup.

    Raises DataDirectoryError for a file that is newer or not a store of Vespera.
    """
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise DataDirectoryError(
            f"{path}: written by a newer Vespera (schema {found}, this one knows {VERSION});"
            " upgrade this program"
        )
    if found == 0:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise DataDirectoryError(f"{path}: not a Vespera store; use another --data-dir")
        _run(connection, script(), VERSION)
    elif found < VERSION:
        _back_up(connection, path, found)
        connection.create_function("error_fingerprint", 3, _fingerprint)
        for version in range(found + 1, VERSION + 1):
            _run(connection, _migration(version), version)


def _fingerprint(*of: object) -> str:
    return fingerprint(*("" if value is None else str(value) for value in of))


def backup_path(path: Path, version: int) -> Path:
    """Where the file is kept as it was before it was brought up from ``version``."""
    return path.with_name(f"{path.stem}.schema-{version}.backup.db")


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    kept = backup_path(path, version)
    kept.unlink(missing_ok=True)  # of an attempt that did not end: the original is still there
    connection.execute("VACUUM INTO ?", (str(kept),))


def _migration(version: int) -> str:
    folder = files("engine.database").joinpath("migrations")
    text = folder.joinpath(f"{version}.sql").read_text(encoding="utf-8")
    return _INCLUDED.sub(lambda match: _subject(match[1]), text)


def _run(connection: sqlite3.Connection, statements: str, version: int) -> None:
    # one transaction, so that a crash leaves the file as it was and not half a schema
    connection.executescript(
        f"BEGIN IMMEDIATE;\n{statements}\nPRAGMA user_version = {version};\nCOMMIT;"
    )
