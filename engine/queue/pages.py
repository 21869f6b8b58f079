"""Parts of a list of operations, filtered and sorted: a part at a time, so that any size will do.

A sort that has an index (by number, by time) reads only the part; any other reads the numbers of
all that match, keeps the best, and then reads those rows alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError
from engine.operation_views import LARGEST_PAGE, SORTS, OperationsPage, SteeringPreview
from engine.operations import FINAL_STATES, LIVE_STATES, OperationState, Steering
from engine.queue import rows
from engine.queue.conditions import FINISHED, LIVE, simple, where
from engine.queue.encoding import encode
from engine.queue.reverse import CANCELLED, JOINED, RETRIED
from engine.queue.steer import RETRIABLE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from engine.database.database import Database
    from engine.operation_views import OperationsQuery
    from engine.operations import OperationFilter, ServicePriority
    from engine.queue.depths import Depths
    from engine.snapshots import OperationView

# what a list shows; a payload, a traceback or a result can be a hundred thousand characters
SHORT_HISTORY = """CASE WHEN history = '[]' THEN '[]' ELSE
    json_array(json_object('error', substr(history ->> '$[#-1].error', 1, 300))) END AS history"""
SHORT_RESULT = """CASE WHEN length(result) <= 1000 THEN result ELSE
    json_object('error', substr(coalesce(result ->> 'error', result ->> 'reason', ''), 1, 300))
    END AS result"""
COMMON = (
    "id, service, kind, key, '{}' AS payload, priority, state, attempts, max_attempts, created_at,"
    f" claimed_at, deadline, origin, {SHORT_HISTORY}"
)
ROWS = {
    LIVE: f"SELECT {COMMON}, run_at, NULL AS finished_at, waiting_for, '{{}}' AS result",
    FINISHED: f"SELECT {COMMON}, finished_at AS run_at, finished_at, '' AS waiting_for,"
    f" {SHORT_RESULT}",
}
ORDER = {LIVE: {"when": "run_at"}, FINISHED: {"when": "finished_at"}}
# running, available, paused, scheduled by their time; the newest finished first
INTEREST = {
    LIVE: "CASE WHEN state = 'running' THEN 0 WHEN state = 'available' THEN 1 WHEN parked THEN 2"
    " ELSE 3 END, run_at",
    FINISHED: "4, -finished_at",
}
TOUCHES = {
    Steering.CANCEL: {LIVE: "state IN ('scheduled', 'available')"},
    Steering.RETRY: {FINISHED: RETRIABLE},
    Steering.RUN_NOW: {LIVE: "state = 'scheduled'"},
    Steering.PRIORITIZE: {LIVE: "state IN ('scheduled', 'available') AND priority <> :wanted"},
    Steering.PAUSE: {LIVE: "state IN ('scheduled', 'available') AND parked = 0"},
    Steering.RESUME: {LIVE: "parked = 1"},
    Steering.DISCARD: {FINISHED: "state = 'failed'"},
    Steering.RESTORE: {FINISHED: "state = 'cancelled' AND result ->> 'discarded' = 1"},
    Steering.UNDO_CANCEL: {FINISHED: CANCELLED},
    Steering.UNDO_RETRY: {LIVE: RETRIED, FINISHED: JOINED},
}
"""Which rows of each table each steering can touch."""
RECOUNT = 20.0
"""A count is made anew no sooner than after this many times as long as it took."""


def check(query: OperationsQuery) -> None:
    """Raises InvalidInputError that names what is wrong and what is allowed."""
    if query.sort and query.sort not in SORTS:
        raise InvalidInputError(f"sort: {query.sort!r} is not one of {', '.join(SORTS)}")
    if not 1 <= query.limit <= LARGEST_PAGE:
        raise InvalidInputError(f"limit: {query.limit!r} is not from 1 to {LARGEST_PAGE:,}")
    if query.offset < 0:
        raise InvalidInputError(f"offset: {query.offset!r} is below 0")
    state = query.which.state
    if state is not None and state not in set(OperationState):
        allowed = ", ".join(OperationState)
        raise InvalidInputError(f"state: {state!r} is not one of {allowed}")


@dataclass(frozen=True, slots=True)
class _Count:
    number: int
    made_at: float
    seconds: float


class Pages:
    """Reads parts of the list of operations in ``database``."""

    def __init__(self, database: Database, depths: Depths) -> None:
        self._database, self._depths = database, depths
        self._counts: dict[OperationFilter, _Count] = {}

    async def page(self, query: OperationsQuery) -> OperationsPage:
        """The part that ``query`` asks for; not for the order of interest of a simple filter."""
        check(query)
        total = await self.total(query.which)
        if query.offset >= total:
            return OperationsPage((), total, query.offset)
        found = await self._sorted(query)
        order = {row["id"]: place for place, row in enumerate(found)}
        ids = {
            table: [row["id"] for row in found if row["place"] == table]
            for table in (LIVE, FINISHED)
        }
        views = [view for table in ids for view in await self._views(table, ids[table])]
        views.sort(key=lambda view: order[view.id])
        return OperationsPage(tuple(views), total, query.offset)

    async def _sorted(self, query: OperationsQuery) -> list[sqlite3.Row]:
        direction = "DESC" if query.descending else "ASC"
        parts, values = [], {"limit": query.limit, "offset": query.offset}
        for table in _tables(query.which):
            condition, given = where(query.which, table)
            values |= given
            keys = self._keys(table, query.sort)
            parts.append(f"SELECT {keys}, id, '{table}' AS place FROM {table} WHERE {condition}")
        order = f"first {direction}, second {direction}, id {direction}"
        return await self._database.rows(
            f"{' UNION ALL '.join(parts)} ORDER BY {order} LIMIT :limit OFFSET :offset",
            values,  # type: ignore[arg-type]  # aiosqlite's stub leaves out named parameters
        )

    @staticmethod
    def _keys(table: str, sort: str) -> str:
        if not sort:
            first, second = INTEREST[table].rsplit(", ", 1)
            return f"{first} AS first, {second} AS second"
        return f"{ORDER[table].get(sort, sort)} AS first, NULL AS second"

    async def _views(self, table: str, ids: Sequence[int]) -> list[OperationView]:
        if not ids:
            return []
        found = await self._database.rows(
            f"{ROWS[table]} FROM {table} WHERE id IN (SELECT value FROM json_each(?))",
            (encode(list(ids)),),
        )
        return [rows.view(row) for row in found]

    async def total(self, which: OperationFilter) -> int:
        """How many match: counted along if that is known, else counted now and then."""
        if simple(which):
            return self._known(which)
        known, now = self._counts.get(which), time.monotonic()
        if known is not None and now < known.made_at + RECOUNT * known.seconds:
            return known.number
        number = 0
        for table in _tables(which):
            condition, values = where(which, table)
            row = await self._database.row(
                f"SELECT count(*) AS number FROM {table} WHERE {condition}",
                values,  # type: ignore[arg-type]  # as above
            )
            number += row["number"] if row else 0
        self._counts = {which: _Count(number, time.monotonic(), time.monotonic() - now)}
        return number

    def _known(self, which: OperationFilter) -> int:
        services = self._depths.services() if which.service is None else [which.service]
        states = [which.state] if which.state else [*LIVE_STATES, *FINAL_STATES]
        return sum(self._depths.of(service, state) for service in services for state in states)

    async def preview(
        self, how: Steering, which: OperationFilter, priority: ServicePriority | None, limit: int
    ) -> SteeringPreview:
        """What that steering would touch now."""
        values: dict[str, object] = {"wanted": priority, "limit": limit}
        parts = []
        for table, touched in TOUCHES[how].items():
            condition, given = where(which, table)
            values |= given
            parts.append(
                f"SELECT id, service, priority FROM {table} WHERE {touched} AND {condition}"
            )
        source = f"FROM ({' UNION ALL '.join(parts)})"
        counts = await self._database.rows(
            f"SELECT service, count(*) AS number {source} GROUP BY service ORDER BY 2 DESC",
            values,  # type: ignore[arg-type]  # as above
        )
        found = await self._database.rows(
            f"SELECT id, priority {source} ORDER BY id LIMIT :limit",
            values,  # type: ignore[arg-type]  # as above
        )
        by_service = {row["service"]: row["number"] for row in counts}
        return SteeringPreview(
            sum(by_service.values()),
            by_service,
            tuple(row["id"] for row in found),
            tuple(row["priority"] for row in found),
        )


def _tables(which: OperationFilter) -> list[str]:
    """The tables that can hold what matches."""
    if which.state is not None:
        return [FINISHED if which.state in FINAL_STATES else LIVE]
    return [FINISHED] if which.fingerprint is not None else [LIVE, FINISHED]
