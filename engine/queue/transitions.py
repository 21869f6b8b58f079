"""An operation's steps from state to state, as functions inside the writer's transaction.

Each returns whether the claim was still the caller's: one with an old number changes nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.operations import NO_DEADLINE, Failed, Operation, Snooze
from engine.queue.statements import statement

if TYPE_CHECKING:
    from collections.abc import Mapping

Step = Callable[[sqlite3.Connection], bool]
"""One of the functions below with everything but the connection bound."""
MINE = "id = :id AND claims = :claims AND state = 'running'"


def finish(
    connection: sqlite3.Connection,
    operation: Operation,
    state: str,
    result: Mapping[str, Any],
    now: float,
) -> bool:
    """Move a running operation to the history."""
    return _finish(connection, operation.id, operation.claims, "running", state, result, now)


def cancel_waiting(connection: sqlite3.Connection, id_: int, reason: str, now: float) -> bool:
    """Move a waiting operation to the history, cancelled."""
    row = connection.execute("SELECT claims, state FROM operations WHERE id = ?", (id_,)).fetchone()
    if row is None or row["state"] == "running":
        return False
    result = {"reason": reason}
    return _finish(connection, id_, row["claims"], row["state"], "cancelled", result, now)


def _finish(
    connection: sqlite3.Connection,
    id_: int,
    claims: int,
    expected: str,
    state: str,
    result: Mapping[str, Any],
    now: float,
) -> bool:
    values = {
        "id": id_,
        "claims": claims,
        "expected": expected,
        "state": state,
        "result": json.dumps(result, default=str),
        "now": now,
    }
    if connection.execute(statement("finish"), values).rowcount == 0:
        return False
    connection.execute("DELETE FROM operations WHERE id = ?", (id_,))
    return True


def fail(
    connection: sqlite3.Connection,
    operation: Operation,
    outcome: Failed,
    now: float,
    backoff: float,
) -> bool:
    """Record the attempt; schedule the next in ``backoff`` seconds, or give up."""
    entry = {"at": now, "error": outcome.error, "traceback": outcome.traceback}
    recorded = connection.execute(
        "UPDATE operations SET attempts = attempts + 1,"
        f" history = json_insert(history, '$[#]', json(:entry)) WHERE {MINE}",
        {"id": operation.id, "claims": operation.claims, "entry": json.dumps(entry)},
    )
    if recorded.rowcount == 0:
        return False
    if outcome.permanent or operation.attempts + 1 >= operation.max_attempts:
        return finish(connection, operation, "failed", {"error": outcome.error}, now)
    return _wait_again(connection, operation, now, backoff)


def snooze(
    connection: sqlite3.Connection, operation: Operation, outcome: Snooze, now: float
) -> bool:
    """Put it back for ``outcome.seconds``; the attempt does not count."""
    return _wait_again(connection, operation, now, outcome.seconds, outcome.reason)


def _wait_again(
    connection: sqlite3.Connection,
    operation: Operation,
    now: float,
    seconds: float,
    waiting_for: str = "",
) -> bool:
    state = "available" if seconds <= 0 else "scheduled"
    values = {
        "id": operation.id,
        "claims": operation.claims,
        "run_at": now + seconds,
        "state": state,
        "waiting_for": waiting_for,
    }
    try:
        return (
            connection.execute(
                "UPDATE operations SET state = :state, run_at = :run_at, max_run_at = :run_at,"
                " unclean = 0, waiting_for = :waiting_for, claimed_by = NULL, lease_until = NULL"
                f" WHERE {MINE}",
                values,
            ).rowcount
            == 1
        )
    except sqlite3.IntegrityError:
        # an equal operation was queued while this one ran: that one does the work
        return finish(connection, operation, "cancelled", {"reason": "a newer one waits"}, now)


def restore(connection: sqlite3.Connection, id_: int, now: float) -> bool:
    """Bring a failed or cancelled operation back, with fresh attempts."""
    values = {"id": id_, "now": now, "no_deadline": NO_DEADLINE}
    try:
        found = connection.execute(statement("restore"), values).rowcount == 1
    except sqlite3.IntegrityError:  # an equal one waits already: the work will be done
        found = True
    if found:
        connection.execute("DELETE FROM finished_operations WHERE id = ?", (id_,))
    return found


def stage(connection: sqlite3.Connection, now: float, limit: int) -> tuple[set[str], float | None]:
    """Make up to ``limit`` due operations available.

    Returns their services, and when the next is due (Unix seconds; None if none is scheduled).
    """
    moved = connection.execute(
        "UPDATE operations SET state = 'available' WHERE id IN (SELECT id FROM operations"
        " WHERE state = 'scheduled' AND run_at <= ? ORDER BY run_at LIMIT ?) RETURNING service",
        (now, limit),
    ).fetchall()
    due = connection.execute(
        "SELECT min(run_at) FROM operations WHERE state = 'scheduled'"
    ).fetchone()[0]
    return {row["service"] for row in moved}, due


def rescue(
    connection: sqlite3.Connection, now: float, owner: str, max_unclean: int, *, all_others: bool
) -> set[str]:
    """Return operations that ran without a word to the queue; set poison aside.

    An operation that kills its process never records a failure, so claims that ended so are
    counted: after ``max_unclean`` of them it is ``failed``. Returns the services touched.
    """
    lost = "claimed_by <> :owner" if all_others else "lease_until < :now"
    rows = connection.execute(
        f"SELECT id, service, claims, unclean FROM operations WHERE state = 'running' AND {lost}",
        {"owner": owner, "now": now},
    ).fetchall()
    for row in rows:
        _rescue_one(connection, row, now, max_unclean)
    return {row["service"] for row in rows}


def _rescue_one(
    connection: sqlite3.Connection, row: sqlite3.Row, now: float, max_unclean: int
) -> None:
    unclean = row["unclean"] + 1
    if unclean >= max_unclean:
        result = {"error": f"set aside: its process ended {unclean} times while it ran"}
        _finish(connection, row["id"], row["claims"], "running", "failed", result, now)
        return
    try:
        connection.execute(
            "UPDATE operations SET state = 'available', unclean = ?, claimed_by = NULL,"
            " lease_until = NULL WHERE id = ?",
            (unclean, row["id"]),
        )
    except sqlite3.IntegrityError:
        reason = {"reason": "a newer one waits"}
        _finish(connection, row["id"], row["claims"], "running", "cancelled", reason, now)
