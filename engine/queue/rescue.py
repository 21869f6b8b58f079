"""Back to the queue: operations whose runner was not heard of any more."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from engine.queue.settle import HAND_ON, NEWER, Ending, failure, finish

if TYPE_CHECKING:
    from engine.database.writer import WriterConnection

BACK = """
UPDATE operations
SET state = 'available', rank = priority, turn = deadline, unclean = ?, claimed_by = NULL,
    lease_until = NULL
WHERE id = ?
"""


def rescue(
    connection: WriterConnection, now: float, owner: str, max_unclean: int, *, all_others: bool
) -> int:
    """Return operations that ran without a word to the queue; set poison aside. How many.

    An operation that kills its process never records a failure, so claims that ended so are
    counted: after ``max_unclean`` of them it is ``failed``.
    """
    lost = "claimed_by <> :owner" if all_others else "lease_until < :now"
    rows = connection.execute(
        f"SELECT id, service, unclean FROM operations WHERE state = 'running' AND {lost}",
        {"owner": owner, "now": now},
    ).fetchall()
    for row in rows:
        finish(connection, _rescue_one(connection, row, max_unclean), now)
    return len(rows)


def _rescue_one(connection: WriterConnection, row: sqlite3.Row, max_unclean: int) -> list[Ending]:
    unclean = row["unclean"] + 1
    if unclean >= max_unclean:
        error = failure(
            row["service"], f"set aside: its process ended {unclean} times while it ran"
        )
        return [Ending(row["id"], row["service"], "running", "failed", error)]
    try:
        connection.execute(BACK, (unclean, row["id"]))
    except sqlite3.IntegrityError:
        connection.execute(HAND_ON, (row["id"],))
        return [Ending(row["id"], row["service"], "running", "cancelled", NEWER)]
    connection.effects[row["service"], "running", "available"] += 1
    return []
