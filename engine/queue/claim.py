"""Out of the queue: the best operations that are due, leased to a worker."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, TypeVar

from engine.queue import rows
from engine.queue.encoding import encode

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from engine.database.writer import WriterConnection
    from engine.operations import Operation
    from engine.queue.memory_rows import Row

T = TypeVar("T", "sqlite3.Row", "Row")
# One task is never worked on twice at once by a service: keys that run are passed over.
BEST = f"""
SELECT {rows.CLAIMED}, unclean FROM operations AS waiting
WHERE state = 'available' AND service = :service
  AND (key IS NULL OR NOT EXISTS (
      SELECT 1 FROM operations AS other
      WHERE other.state = 'running' AND other.service = :service AND other.key = waiting.key))
ORDER BY rank, turn, id
LIMIT :limit
"""
LEASE = """
UPDATE operations
SET state = 'running', claims = claims + 1, claimed_at = ?, claimed_by = ?, lease_until = ?,
    waiting_for = '', was = NULL
WHERE id IN (SELECT value FROM json_each(?))
"""


def claim(
    connection: WriterConnection, service: str, limit: int, owner: str, now: float, lease: float
) -> list[Operation]:
    """Up to ``limit`` due operations of a service, best first."""
    found = connection.execute(BEST, {"service": service, "limit": limit}).fetchall()
    chosen = suspects_alone(_one_a_key(found))
    if not chosen:
        return []
    ids = encode([row["id"] for row in chosen])
    connection.execute(LEASE, (now, owner, now + lease, ids))
    connection.effects[service, "available", "running"] += len(chosen)
    # "unclean" is none of the worker's business
    return [rows.claimed(row[:-1], now) for row in chosen]  # type: ignore[arg-type]  # unpacked


def suspects_alone(found: Sequence[T]) -> Sequence[T]:
    """The first if its process ended while it ran; else those before the first such one.

    Whichever of a batch ends the process, all of it did not end cleanly: alone, it is found out.
    """
    clean = list(takewhile(lambda row: not row["unclean"], found))
    return clean or found[:1]


def _one_a_key(found: list[sqlite3.Row]) -> list[sqlite3.Row]:
    """The first of each key: another kind for the same key has to wait for it."""
    first: dict[object, sqlite3.Row] = {}
    for row in found:
        key = row["key"]
        first.setdefault(row["id"] if key is None else key, row)
    return list(first.values())
