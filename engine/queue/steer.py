"""What a person does to operations that do not run, a bounded number in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from engine.operations import NO_DEADLINE, Steering
from engine.queue.conditions import FINISHED, LIVE, where
from engine.queue.encoding import encode
from engine.queue.reverse import ENDED, NO_TWIN, WAITED, note, undo_cancel, undo_retry
from engine.queue.settle import Ending, finish

if TYPE_CHECKING:
    from engine.database.writer import WriterConnection
    from engine.operations import OperationFilter, ServicePriority

STEP = 500
"""Operations touched in one transaction, so that a large filter can't hold the writer."""
OF_FINISHED = (Steering.RETRY, Steering.DISCARD, Steering.RESTORE)
MARKS = {
    Steering.DISCARD: (
        "failed",
        "cancelled",
        "state = 'failed'",
        "json_set(result, '$.discarded', 1, '$.reason', :reason)",
    ),
    Steering.RESTORE: (
        "cancelled",
        "failed",
        "state = 'cancelled' AND result ->> 'discarded' = 1",
        "json_remove(result, '$.discarded', '$.reason')",
    ),
}
"""The state before and after, which rows, and what becomes of their result."""
UNDONE = {Steering.UNDO_CANCEL: undo_cancel, Steering.UNDO_RETRY: undo_retry}
WAITING = "state IN ('scheduled', 'available')"
RESTORE = """
INSERT INTO operations (id, service, kind, key, payload, priority, state, rank, turn, run_at,
                        max_run_at, deadline, max_attempts, claims, origin, history, created_at,
                        was)
SELECT id, service, kind, key, payload, priority, 'available', priority, :no_deadline, :now, :now,
       :no_deadline, max_attempts, claims, origin, history, created_at, :was
FROM finished_operations
WHERE id = :id
ON CONFLICT (service, kind, key) WHERE state IN ('scheduled', 'available') AND key IS NOT NULL
DO NOTHING
"""
RETRIABLE = f"(state = 'failed' OR state = 'cancelled' AND {NO_TWIN})"
TWIN_WAITS = "an equal one waits and does the work"
JOIN = """
UPDATE finished_operations
SET state = 'cancelled', result = json_set(result, '$.reason', :reason), was = :was
WHERE id = :id
"""


def steer(
    connection: WriterConnection,
    how: Steering,
    which: OperationFilter,
    now: float,
    *,
    reason: str,
    priority: ServicePriority | None = None,
) -> list[int]:
    """Touch up to ``STEP`` of those that match; their ids. Repeat until there are none."""
    if how in UNDONE:
        return UNDONE[how](connection, which, STEP)
    table = LIVE if how not in OF_FINISHED else FINISHED
    condition, values = where(which, table)
    values |= {"now": now, "step": STEP, "priority": priority, "reason": reason}
    if how is Steering.CANCEL:
        return _cancel(connection, condition, values)
    if how is Steering.RETRY:
        return _retry(connection, condition, values)
    if how in OF_FINISHED:
        return _mark(connection, how, condition, values)
    return _change(connection, _CHANGES[how], condition, values)


def _cancel(connection: WriterConnection, condition: str, values: dict[str, Any]) -> list[int]:
    found = connection.execute(
        f"SELECT id, service, {', '.join(WAITED)} FROM operations"
        f" WHERE {WAITING} AND {condition} LIMIT :step",
        values,
    ).fetchall()
    result = {"reason": values["reason"]}
    ended = [Ending(row["id"], row["service"], row["state"], "cancelled", result) for row in found]
    finish(connection, ended, values["now"])
    connection.executemany(
        "UPDATE finished_operations SET was = ? WHERE id = ?",
        [(note(row, WAITED), row["id"]) for row in found],
    )
    return [row["id"] for row in found]


def _retry(connection: WriterConnection, condition: str, values: dict[str, Any]) -> list[int]:
    found = connection.execute(
        f"SELECT id, service, {', '.join(ENDED)} FROM finished_operations"
        f" WHERE {RETRIABLE} AND {condition} LIMIT :step",
        values,
    ).fetchall()
    touched: list[int] = []
    for row in found:
        given = {"id": row["id"], "was": note(row, ENDED), "reason": TWIN_WAITS}
        again = {**given, "now": values["now"], "no_deadline": NO_DEADLINE}
        if connection.execute(RESTORE, again).rowcount:
            connection.execute("DELETE FROM finished_operations WHERE id = ?", (row["id"],))
            after = "available"
        elif row["state"] == "failed":  # an equal one waits already, which does the work
            connection.execute(JOIN, given)
            after = "cancelled"
        else:
            continue
        connection.effects[row["service"], row["state"], after] += 1
        touched.append(row["id"])
    return touched


def _mark(
    connection: WriterConnection, how: Steering, condition: str, values: dict[str, Any]
) -> list[int]:
    before, after, which, result = MARKS[how]
    found = connection.execute(
        f"UPDATE finished_operations SET state = '{after}', result = {result} WHERE id IN"
        f" (SELECT id FROM finished_operations WHERE {which} AND {condition} LIMIT :step)"
        " RETURNING id, service",
        values,
    ).fetchall()
    for row in found:
        connection.effects[row["service"], before, after] += 1
    return [row["id"] for row in found]


class _Change(NamedTuple):
    assign: str
    which: str
    after: str | None = None
    """The state that they are in then; None leaves it."""


_CHANGES = {
    Steering.RUN_NOW: _Change(
        "state = 'available', parked = 0, run_at = :now, waiting_for = ''",
        "state = 'scheduled'",
        "available",
    ),
    Steering.PRIORITIZE: _Change(
        "priority = :priority, rank = :priority, turn = deadline",
        f"{WAITING} AND priority <> :priority",
    ),
    Steering.PAUSE: _Change(
        "state = 'scheduled', parked = 1, waiting_for = :reason",
        f"{WAITING} AND parked = 0",
        "scheduled",
    ),
    Steering.RESUME: _Change("parked = 0, waiting_for = ''", "parked = 1", "scheduled"),
}


def _change(
    connection: WriterConnection, change: _Change, condition: str, values: dict[str, Any]
) -> list[int]:
    found = connection.execute(
        "SELECT id, service, state FROM operations"
        f" WHERE {change.which} AND {condition} LIMIT :step",
        values,
    ).fetchall()
    touched = [row["id"] for row in found]
    connection.execute(
        f"UPDATE operations SET {change.assign} WHERE id IN (SELECT value FROM json_each(:chosen))",
        {**values, "chosen": encode(touched)},
    )
    for row in found:
        connection.effects[row["service"], row["state"], change.after or row["state"]] += 1
    return touched
