"""What a person sees of the queue in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.operations import FINAL_STATES, LIVE_STATES
from engine.snapshots import QueueDepth

if TYPE_CHECKING:
    from engine.queue.memory_rows import Row, Store


def stats(store: Store, now: float) -> dict[str, QueueDepth]:
    """Depth by service, counted."""
    services = sorted({row.service for row in store.rows.values()})
    return {service: _depth(store, service, now) for service in services}


def _depth(store: Store, service: str, now: float) -> QueueDepth:
    alive = store.select(*LIVE_STATES, service=service)
    return QueueDepth(
        scheduled=sum(row.state == "scheduled" for row in alive),
        available=sum(row.state == "available" for row in alive),
        running=sum(row.state == "running" for row in alive),
        failed=len(store.select("failed", service=service)),
        parked=sum(row.parked for row in alive),
        overdue=sum(row.deadline < now for row in alive),
    )


def due_since(store: Store, service: str) -> float | None:
    """Since when the first of a rank has been due, the longest of them."""
    heads: dict[int, Row] = {}
    for row in sorted(store.select("available", service=service), key=lambda row: row.place):
        heads.setdefault(row.rank, row)
    return min((row.run_at for row in heads.values()), default=None)


def in_order(store: Store, service: str | None) -> list[Row]:
    """Running, available, paused, scheduled, then the newest finished."""
    scheduled = store.select("scheduled", service=service)
    return [
        *store.select("running", service=service),
        *sorted(store.select("available", service=service), key=lambda row: row.place),
        *(row for row in scheduled if row.parked),
        *sorted((row for row in scheduled if not row.parked), key=lambda row: row.run_at),
        *reversed(oldest_first(store, service)),
    ]


def oldest_first(store: Store, service: str | None = None) -> list[Row]:
    """The history, in the order it is forgotten."""
    finished = store.select(*FINAL_STATES, service=service)
    return sorted(finished, key=lambda row: (row.finished_at or 0.0, row.id))
