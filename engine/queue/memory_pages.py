"""Parts of a list, previews and groups of errors of the queue in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from engine.operation_views import (
    BUCKET_SECONDS,
    BUCKETS,
    ErrorGroup,
    OperationsPage,
    SteeringPreview,
)
from engine.operations import OperationFilter
from engine.queue import rows
from engine.queue.encoding import decode, encode
from engine.queue.failures import SAMPLES, group_of
from engine.queue.memory_views import in_order

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from engine.operation_views import OperationsQuery
    from engine.queue.memory_rows import Row, Store
    from engine.snapshots import OperationView


def page(store: Store, query: OperationsQuery) -> OperationsPage:
    """The part that ``query`` asks for."""
    found = in_order(store, None)
    if query.which != OperationFilter():
        found = [row for row in found if row.matches(query.which)]
    if query.sort:
        found.sort(key=lambda row: _key(row, query.sort), reverse=query.descending)
    elif query.descending:
        found.reverse()
    part = found[query.offset : query.offset + query.limit]
    return OperationsPage(tuple(map(_short, part)), len(found), query.offset)


def _key(row: Row, sort: str) -> tuple[bool, Any, int]:
    value = row.run_at if sort == "when" else row[sort]
    return value is not None, value, row.id  # nothing sorts before anything, as in SQLite


def _short(row: Row) -> OperationView:
    error = [{"error": each["error"][:300]} for each in decode(row.history)[-1:]]
    return rows.view(cast("sqlite3.Row", replace(row, payload="{}", history=encode(error))))


def preview(found: Iterable[Row], limit: int) -> SteeringPreview:
    """What steering those would touch."""
    touched = sorted(found, key=lambda row: row.id)
    by_service = dict(Counter(row.service for row in touched).most_common())
    first = touched[:limit]
    return SteeringPreview(
        len(touched),
        by_service,
        tuple(row.id for row in first),
        tuple(row.priority for row in first),
    )


def error_groups(store: Store, now: float, limit: int) -> list[ErrorGroup]:
    """Up to ``limit`` groups, the one that failed last first."""
    members: dict[str, list[Row]] = defaultdict(list)
    for row in store.select("failed"):
        members[decode(row.result).get("fingerprint", "")].append(row)
    for group in members.values():
        group.sort(key=lambda row: (-(row.finished_at or 0), row.id))
    newest = sorted(members.items(), key=lambda item: -(item[1][0].finished_at or 0))
    return [_group(mark, group, now) for mark, group in newest[:limit]]


def _group(mark: str, group: list[Row], now: float) -> ErrorGroup:
    trend, start = [0] * BUCKETS, now - BUCKETS * BUCKET_SECONDS
    times = [row.finished_at or 0.0 for row in group]
    for at in times:
        if at >= start:
            trend[min(int((at - start) / BUCKET_SECONDS), BUCKETS - 1)] += 1
    newest = [
        {"id": row.id, "service": row.service, "kind": row.kind, "history": row.history,
         "result": row.result}
        for row in group[:SAMPLES]
    ]  # fmt: skip
    return group_of(newest, mark, len(group), (min(times), max(times)), trend)
