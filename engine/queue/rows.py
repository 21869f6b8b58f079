"""Rows of the queue's tables as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.operations import NO_DEADLINE, Operation, OperationState, ServicePriority
from engine.queue.encoding import decode
from engine.snapshots import OperationView

if TYPE_CHECKING:
    import sqlite3

CLAIMED = (
    "id, service, kind, key, payload, priority, run_at, deadline, attempts, max_attempts, claims,"
    " origin, created_at"
)
"""The columns of what a worker is handed."""
PRIORITIES = {int(priority): priority for priority in ServicePriority}


def claimed(row: sqlite3.Row, now: float) -> Operation:
    """A row of :data:`CLAIMED`, as it was just before it was claimed at ``now``."""
    (
        id_, service, kind, key, payload, priority, run_at, deadline, attempts, max_attempts,
        claims, origin, created_at,
    ) = row  # fmt: skip
    return Operation(
        id_,
        service,
        kind,
        key,
        {} if payload == "{}" else decode(payload),
        PRIORITIES[priority],
        OperationState.RUNNING,
        run_at,
        deadline,
        attempts,
        max_attempts,
        claims + 1,
        origin,
        created_at,
        now,
    )


def view(row: sqlite3.Row) -> OperationView:
    """A row of either table as a person sees it."""
    history = tuple(decode(row["history"]))
    result: dict[str, Any] = decode(row["result"])
    return OperationView(
        id=row["id"],
        service=row["service"],
        kind=row["kind"],
        key=row["key"],
        state=row["state"],
        priority=ServicePriority(row["priority"]),
        attempts=row["attempts"],
        max_attempts=row["max_attempts"],
        run_at=row["run_at"],
        created_at=row["created_at"],
        claimed_at=row["claimed_at"],
        finished_at=row["finished_at"],
        deadline=row["deadline"] if row["deadline"] < NO_DEADLINE else None,
        origin=row["origin"],
        waiting_for=row["waiting_for"],
        detail=_detail(row["waiting_for"], result, history),
        history=history,
        payload=decode(row["payload"]),
    )


def _detail(waiting_for: str, result: dict[str, Any], history: tuple[dict[str, Any], ...]) -> str:
    if waiting_for:
        return f"waits: {waiting_for}"
    explained = result.get("error") or result.get("reason")
    if explained:
        return str(explained)
    if not result and history:
        return str(history[-1]["error"])
    return ", ".join(f"{key} {value}" for key, value in result.items())
