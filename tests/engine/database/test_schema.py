from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import ANY

import pytest

from engine.database import schema
from engine.database.connection import open_writer
from engine.errors import DataDirectoryError

SCHEMA_1 = Path(__file__).with_name("schema_1.sql").read_text(encoding="utf-8")
FIRST = """
INSERT INTO tasks (id, title, created_at, updated_at, content_hash)
VALUES ('t-1', 'One', 1, 1, 'h');
INSERT INTO operations (service, kind, key, priority, state, run_at, max_run_at, deadline,
                        max_attempts, created_at, claimed_by)
VALUES ('s', 'k', 'waits', 1, 'scheduled', 5, 9, 1e18, 4, 1, NULL),
       ('s', 'k', 'runs', 2, 'running', 5, 9, 1e18, 4, 1, 'somebody'),
       ('s', 'k', 'gone', 2, 'available', 5, 9, 1e18, 4, 1, NULL);
INSERT INTO finished_operations
SELECT id, service, kind, key, payload, priority, 'failed', attempts, max_attempts,
       claims, origin, history, '{"error": "boom"}', created_at, claimed_at, 7
FROM operations WHERE key = 'gone';
DELETE FROM operations WHERE key = 'gone';
INSERT INTO queue_pauses VALUES ('s', 'by hand', 3);
PRAGMA user_version = 1;
"""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A store as the first schema left it."""
    path = tmp_path / "vespera.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA_1 + FIRST)
    return path


def tables(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {name: " ".join(sql.split()) for name, sql in rows if not name.startswith("sqlite_")}


def test_an_older_store_is_brought_up_and_nothing_is_lost(first: Path) -> None:
    with closing(open_writer(first)) as connection:
        waiting = connection.execute(
            "SELECT key, state, rank, turn, parked FROM operations ORDER BY key"
        ).fetchall()
        assert [tuple(row) for row in waiting] == [
            ("runs", "running", 2, 1e18, 0),
            ("waits", "scheduled", 1, 1e18, 0),
        ]
        (failed,) = connection.execute("SELECT key, state, result FROM finished_operations")
        assert tuple(failed)[:2] == ("gone", "failed")
        assert json.loads(failed[2]) == {"error": "boom", "fingerprint": ANY}
        assert connection.execute("SELECT count(*) FROM tasks").fetchone()[0] == 1
        assert connection.execute("SELECT reason FROM queue_pauses").fetchone()[0] == "by hand"


def test_a_migrated_store_equals_a_new_one(first: Path, tmp_path: Path) -> None:
    with closing(open_writer(first)) as old, closing(open_writer(tmp_path / "new.db")) as new:
        assert tables(old) == tables(new)
        version = old.execute("PRAGMA user_version").fetchone()[0]
        assert version == new.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION


def test_numbers_of_operations_are_not_handed_out_again(first: Path) -> None:
    with closing(open_writer(first)) as connection:
        added = connection.execute(
            "INSERT INTO operations (service, kind, priority, state, rank, turn, run_at,"
            " max_run_at, deadline, max_attempts, created_at)"
            " VALUES ('s', 'k', 2, 'available', 2, 1e18, 1, 1, 1e18, 4, 1)"
        )
        assert added.lastrowid == 4, "3 is the one that finished"


def test_the_file_is_kept_as_it_was(first: Path) -> None:
    open_writer(first).close()
    with closing(sqlite3.connect(schema.backup_path(first, 1))) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM operations").fetchone() == (2,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = schema._migration(2) + "\nSELECT * FROM not_there;"
    with monkeypatch.context() as patched:
        patched.setattr(schema, "_migration", lambda _: broken)
        with pytest.raises(DataDirectoryError, match="not_there"):
            open_writer(first)
    with closing(sqlite3.connect(first)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert "queue_depth" in tables(connection)
    open_writer(first).close()
