"""A person's cancel or retry undone: the operation is as it was, or is left alone.

What a cancel or retry takes away is noted in the row itself. The note goes when the operation
begins to run, or somebody wishes for the same: from then on there is more to it than one change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.operations import FINAL_STATES
from engine.queue.conditions import FINISHED, LIVE, where
from engine.queue.encoding import decode, encode
from engine.queue.settle import RESULT_LIMIT

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from engine.database.writer import WriterConnection
    from engine.operations import OperationFilter
    from engine.queue.memory_rows import Row

WAITED = (
    "state", "priority", "rank", "turn", "run_at", "max_run_at", "parked", "unclean",
    "waiting_for", "was",
)  # fmt: skip
"""What a row loses by a cancel, or may lose after it ..."""
ENDED = (
    "state", "priority", "deadline", "attempts", "result", "claimed_at", "finished_at", "was",
)  # fmt: skip
"""... and by a retry."""
LONGEST = 2 * RESULT_LIMIT
"""Characters of a note."""
NO_TWIN = """NOT EXISTS (SELECT 1 FROM operations AS twin
    WHERE twin.service = finished_operations.service AND twin.kind = finished_operations.kind
      AND twin.key = finished_operations.key AND twin.state IN ('scheduled', 'available'))"""
"""No equal one waits."""
CANCELLED = f"state = 'cancelled' AND was ->> 'state' IN ('scheduled', 'available') AND {NO_TWIN}"
RETRIED = "state IN ('scheduled', 'available') AND was IS NOT NULL"
JOINED = "state = 'cancelled' AND was ->> 'state' = 'failed'"
"""Retried, but an equal one waited already."""
SAME = "id, service, kind, key, payload, max_attempts, claims, origin, history, created_at"
REVIVE = f"""
INSERT INTO operations ({SAME}, deadline, attempts, claimed_at, {", ".join(WAITED)})
SELECT {SAME}, deadline, attempts, claimed_at, {", ".join(f":{name}" for name in WAITED)}
FROM finished_operations
WHERE id = :id
ON CONFLICT (service, kind, key) WHERE state IN ('scheduled', 'available') AND key IS NOT NULL
DO NOTHING
"""
BURY = f"""
INSERT INTO finished_operations ({SAME}, {", ".join(ENDED)})
SELECT {SAME}, {", ".join(f":{name}" for name in ENDED)}
FROM operations
WHERE id = :id
"""
SEPARATE = f"""
UPDATE finished_operations SET {", ".join(f"{name} = :{name}" for name in ENDED)} WHERE id = :id
"""


def note(row: sqlite3.Row | Row, names: Sequence[str]) -> str:
    """What the row loses, as JSON; with what was noted before, so that undos follow each other."""
    kept = {name: row[name] for name in names}
    earlier = None if kept["was"] is None else decode(kept["was"])
    # a second try of one that joined an equal one: undoing the second must not undo both
    joined = earlier and kept["state"] == "cancelled" and earlier["state"] in FINAL_STATES
    kept["was"] = None if joined else earlier
    text = encode(kept)
    return text if len(text) <= LONGEST else encode({**kept, "was": None})


def noted(text: str) -> dict[str, Any]:
    """The columns as :func:`note` found them."""
    kept: dict[str, Any] = decode(text)
    return {**kept, "was": None if kept["was"] is None else encode(kept["was"])}


def undo_cancel(connection: WriterConnection, which: OperationFilter, step: int) -> list[int]:
    """Let up to ``step`` wait again as they did; their ids."""
    revived: list[int] = []
    for row in _found(connection, which, FINISHED, CANCELLED, step):
        before = noted(row["was"])
        if connection.execute(REVIVE, {**before, "id": row["id"]}).rowcount:
            connection.execute("DELETE FROM finished_operations WHERE id = ?", (row["id"],))
            connection.effects[row["service"], row["state"], before["state"]] += 1
            revived.append(row["id"])
    return revived


def undo_retry(connection: WriterConnection, which: OperationFilter, step: int) -> list[int]:
    """Let up to ``step`` have ended again as they had; their ids."""
    retried = _found(connection, which, LIVE, RETRIED, step)
    joined = _found(connection, which, FINISHED, JOINED, step - len(retried))
    for rows, put_back in ((retried, BURY), (joined, SEPARATE)):
        for row in rows:
            before = noted(row["was"])
            connection.execute(put_back, {**before, "id": row["id"]})
            connection.effects[row["service"], row["state"], before["state"]] += 1
    for row in retried:
        connection.execute("DELETE FROM operations WHERE id = ?", (row["id"],))
    return [row["id"] for row in (*retried, *joined)]


def _found(
    connection: WriterConnection, which: OperationFilter, table: str, touched: str, step: int
) -> list[sqlite3.Row]:
    condition, values = where(which, table)
    return connection.execute(
        f"SELECT id, service, state, was FROM {table} WHERE {touched} AND {condition} LIMIT :step",
        {**values, "step": step},
    ).fetchall()
