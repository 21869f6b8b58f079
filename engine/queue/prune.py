"""Out of the history, the oldest first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.database.writer import WriterConnection

STEP = 1000
"""Rows removed in one transaction, so that a lowered limit can't hold the writer."""


def prune(connection: WriterConnection, excess: int) -> int:
    """Forget up to ``STEP`` of the ``excess`` oldest finished operations; how many."""
    gone = connection.execute(
        "DELETE FROM finished_operations WHERE id IN"
        " (SELECT id FROM finished_operations ORDER BY finished_at, id LIMIT ?)"
        " RETURNING service, state",
        (min(excess, STEP),),
    ).fetchall()
    for (service, state), count in Counter((r["service"], r["state"]) for r in gone).items():
        connection.effects[service, state, ""] += count
    return len(gone)
