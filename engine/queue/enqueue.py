"""Into the queue: a new row, or one more wish for an equal operation that waits already."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from engine.queue.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.database.writer import WriterConnection
    from engine.operations import NewOperation

DELAYS_WAITED = 10
"""A repeated wish pushes an operation out for this many delays at most, unless it says more."""


class Row(NamedTuple):
    """A new row of the table, in the order of INSERT."""

    service: str
    kind: str
    key: str | None
    payload: str
    priority: int
    state: str
    rank: int
    turn: float
    run_at: float
    max_run_at: float
    deadline: float
    max_attempts: int
    origin: str
    created_at: float


COLUMNS = ", ".join(Row._fields)
SIZES = (64, 16, 4, 1)
"""Rows an INSERT: many in one cost less than half of as many by themselves (6 to 15 us a row)."""


def _insert(rows: int) -> str:
    values = ", ".join([f"({', '.join('?' * len(Row._fields))})"] * rows)
    return f"""
INSERT INTO operations ({COLUMNS}) VALUES {values}
ON CONFLICT (service, kind, key) WHERE state IN ('scheduled', 'available') AND key IS NOT NULL
DO NOTHING
"""


INSERTS = {size: _insert(size) for size in SIZES}
INSERT = INSERTS[1]
WAITING = """
SELECT id, state FROM operations
WHERE service = ? AND kind = ? AND key = ? AND state IN ('scheduled', 'available')
"""
# Debounce: the twin takes the new time, never past its first one's limit, and the better priority
# and deadline. One that is due stays due; one that a person paused stays paused.
COALESCE = """
UPDATE operations SET
    state = CASE WHEN :state = 'available' AND NOT parked THEN 'available' ELSE state END,
    run_at = CASE WHEN state = 'scheduled' THEN min(:run_at, max_run_at) ELSE run_at END,
    max_run_at = min(max_run_at, :max_run_at),
    priority = min(priority, :priority),
    rank = min(rank, :rank),
    deadline = min(deadline, :deadline),
    turn = min(turn, :turn),
    payload = json_patch(payload, :payload),
    origin = :origin,
    waiting_for = CASE WHEN parked THEN waiting_for ELSE '' END,
    was = NULL
WHERE id = :id
RETURNING state
"""


def row(new: NewOperation, now: float, max_attempts: int) -> Row:
    """A wish as a row. Raises TypeError or ValueError for a payload that JSON can't hold."""
    delay, priority, payload = new.delay, int(new.priority), new.payload
    longest = DELAYS_WAITED * delay if new.max_wait is None else new.max_wait
    return Row(
        new.service,
        new.kind,
        new.key,
        encode(payload if type(payload) is dict else dict(payload)) if payload else "{}",
        priority,
        "scheduled" if delay > 0 else "available",
        priority,
        new.deadline,
        now + min(delay, longest),
        now + longest,
        new.deadline,
        new.max_attempts or max_attempts,
        new.origin,
        now,
    )


def store(connection: WriterConnection, rows: Sequence[Row]) -> list[int]:
    """Store them; the ids, in order, those of waiting twins among them."""
    ids = _store_new(connection, rows)
    return [_store_one(connection, row) for row in rows] if ids is None else list(ids)


def store_groups(
    connection: WriterConnection, groups: Sequence[Sequence[Row]]
) -> list[list[int] | Exception]:
    """Store the wishes of several callers; a group that is refused takes no other along."""
    try:
        with connection.savepoint():
            ids = _store_new(connection, [row for rows in groups for row in rows])
    except Exception:
        if not connection.in_transaction:
            raise
        ids = None
    if ids is None:
        return [_store_alone(connection, rows) for rows in groups]
    following = iter(ids)
    return [[next(following) for _ in rows] for rows in groups]


def _store_alone(connection: WriterConnection, rows: Sequence[Row]) -> list[int] | Exception:
    try:
        with connection.savepoint():
            return store(connection, rows)
    except Exception as error:  # text or a number that SQLite can't hold, for instance
        if not connection.in_transaction:
            raise
        return error


def _store_new(connection: WriterConnection, rows: Sequence[Row]) -> range | None:
    """The common case, in one call: none of them waits already. None: nothing was stored."""
    connection.execute("SAVEPOINT new")
    stored = _insert_all(connection, rows)
    if stored != len(rows):
        connection.execute("ROLLBACK TO new")
    connection.execute("RELEASE new")
    if stored != len(rows):
        return None
    # one connection writes, and numbers are handed out in order: these are the last ones
    last = connection.execute("SELECT last_insert_rowid()").fetchone()[0]
    for (service, state), number in Counter((row.service, row.state) for row in rows).items():
        connection.effects[service, "", state] += number
    return range(last - len(rows) + 1, last + 1)


def _insert_all(connection: WriterConnection, rows: Sequence[Row]) -> int:
    """How many of them had no twin."""
    stored = start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            part = rows[start : start + size]
            stored += connection.execute(INSERTS[size], list(chain.from_iterable(part))).rowcount
            start += size
    return stored


def _store_one(connection: WriterConnection, row: Row) -> int:
    cursor = connection.execute(INSERT, row)
    if cursor.rowcount and cursor.lastrowid is not None:
        connection.effects[row.service, "", row.state] += 1
        return cursor.lastrowid
    twin = connection.execute(WAITING, (row.service, row.kind, row.key)).fetchone()
    found: int = twin["id"]
    state = connection.execute(COALESCE, {**row._asdict(), "id": found}).fetchone()["state"]
    connection.effects[row.service, twin["state"], state] += 1
    return found
