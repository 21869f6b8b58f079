"""What SQLite itself can do: the same tables and rows, one thread, nothing but statements."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.measure import BATCH, Contestant, Sizes, check_delivery
from engine.database.connection import FILE_NAME
from engine.database.schema import script

if TYPE_CHECKING:
    from pathlib import Path

NAME = "raw sqlite3"
INSERT = """
INSERT INTO operations (service, kind, payload, priority, state, rank, turn, run_at, max_run_at,
                        deadline, max_attempts, created_at)
VALUES ('bench', 'noop', '{"n": 1}', 2, 'available', 2, 1e18, ?, ?, 1e18, 4, ?)
"""
BEST = """
SELECT * FROM operations WHERE state = 'available' AND service = 'bench'
ORDER BY rank, turn, id LIMIT ?
"""
LEASE = """
UPDATE operations SET state = 'running', claims = claims + 1, claimed_at = ?,
       claimed_by = 'bench', lease_until = ?
WHERE id = ?
"""
REMEMBER = """
INSERT INTO finished_operations
SELECT id, service, kind, key, payload, priority, 'completed', deadline, attempts, max_attempts,
       claims, origin, history, '{}', created_at, claimed_at, ?, NULL
FROM operations WHERE id = ?
"""
FORGET = "DELETE FROM operations WHERE id = ?"


def connect(folder: Path, durability: str) -> sqlite3.Connection:
    path = folder / FILE_NAME
    new = not path.exists()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {durability}")
    if new:
        connection.executescript(script())
    return connection


def produce(connection: sqlite3.Connection, total: int) -> list[int]:
    ids = []
    for start in range(0, total, BATCH):
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(min(BATCH, total - start)):
            now = time.time()
            cursor = connection.execute(INSERT, (now, now, now))
            if cursor.lastrowid is not None:
                ids.append(cursor.lastrowid)
        connection.execute("COMMIT")
    return ids


def consume(connection: sqlite3.Connection, batch: int) -> list[int]:
    """Claim in one transaction and acknowledge in the next, as a queue must."""
    done: list[int] = []
    while True:
        now = time.time()
        connection.execute("BEGIN IMMEDIATE")
        ids = [row[0] for row in connection.execute(BEST, (batch,)).fetchall()]
        connection.executemany(LEASE, [(now, now + 60, number) for number in ids])
        connection.execute("COMMIT")
        if not ids:
            return done
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(REMEMBER, [(now, number) for number in ids])
        connection.executemany(FORGET, [(number,) for number in ids])
        connection.execute("COMMIT")
        done += ids


def measure(folder: Path, sizes: Sizes, durability: str) -> dict[str, float]:
    with closing(connect(folder, durability)) as connection:
        started = time.perf_counter()
        ids = produce(connection, sizes.operations)
        produced = time.perf_counter()
        delivered = consume(connection, BATCH)
        consumed = time.perf_counter()
        check_delivery(NAME, ids, delivered, sizes.operations)
        ids = produce(connection, sizes.singles)
        again = time.perf_counter()
        delivered = consume(connection, 1)
        ended = time.perf_counter()
        check_delivery(NAME, ids, delivered, sizes.singles)
    return {
        "enqueue": sizes.operations / (produced - started),
        "deliver": sizes.operations / (consumed - produced),
        "deliver singly": sizes.singles / (ended - again),
    }


def contestant(durability: str) -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        return measure(folder, sizes, durability)

    how = f"PRAGMA synchronous={durability}, WAL; one thread, commits of {BATCH}, then of 1"
    return Contestant(NAME, durability, how, run)
