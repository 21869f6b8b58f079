"""From scheduled to available, when the time has come."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.database.writer import WriterConnection

STEP = 1000
"""Operations made available in one transaction, so that a flood can't hold the writer."""
DUE = "state = 'scheduled' AND parked = 0"


def stage(connection: WriterConnection, now: float) -> float | None:
    """Make up to ``STEP`` due operations available; when the next is due, None if none waits."""
    moved = connection.execute(
        "UPDATE operations SET state = 'available', waiting_for = '' WHERE id IN"
        f" (SELECT id FROM operations WHERE {DUE} AND run_at <= ? ORDER BY run_at LIMIT ?)"
        " RETURNING service",
        (now, STEP),
    ).fetchall()
    for service, count in Counter(row["service"] for row in moved).items():
        connection.effects[service, "scheduled", "available"] += count
    following = connection.execute(f"SELECT min(run_at) AS at FROM operations WHERE {DUE}")
    due: float | None = following.fetchone()["at"]
    return due
