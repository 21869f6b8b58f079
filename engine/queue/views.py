"""A page of operations for people, read through an index whatever the size of the queue."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine.operations import FINAL_STATES
from engine.queue import rows
from engine.queue.conditions import FINISHED as DONE
from engine.queue.conditions import LIVE
from engine.queue.pages import ROWS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from engine.database.database import Database
    from engine.queue.depths import Depths
    from engine.snapshots import OperationView

ALIVE = "SELECT *, NULL AS finished_at, '{}' AS result FROM operations"
FINISHED = (
    "SELECT *, finished_at AS run_at, '' AS waiting_for, 0 AS parked FROM finished_operations"
)
# without being told, SQLite would read all rows of the table for their order by id
RUNNING = " INDEXED BY operations_running WHERE state = 'running'"
PAUSED = " INDEXED BY operations_parked WHERE parked = 1"
SCHEDULED = " WHERE state = 'scheduled' AND parked = 0"
AVAILABLE = " WHERE state = 'available' AND service = :service ORDER BY rank, turn, id LIMIT :last"


class Views:
    """Pages in the order of interest: running, available, paused, scheduled, newest finished."""

    def __init__(self, database: Database, depths: Depths, *, short: bool = False) -> None:
        self._database, self._depths = database, depths
        self._alive, self._finished = (ALIVE, FINISHED)
        if short:  # without payload and traceback
            self._alive = f"{ROWS[LIVE]}, rank, turn FROM operations"
            self._finished = f"{ROWS[DONE]} FROM finished_operations"

    async def page(
        self, service: str | None, state: str | None, limit: int, offset: int
    ) -> list[OperationView]:
        """``limit`` operations after the first ``offset``."""
        found: list[sqlite3.Row] = []
        for name, sql, order in (
            ("running", self._alive + RUNNING, "id"),
            ("available", "", ""),
            ("paused", self._alive + PAUSED, "id"),
            ("scheduled", self._alive + SCHEDULED, "run_at"),
            ("finished", self._finished, "finished_at DESC, id DESC"),
        ):
            wanted = limit - len(found)
            if wanted <= 0:
                break
            size = await self._size(name, service, state)
            if size > offset:
                part = {"service": service, "state": state, "limit": wanted, "offset": offset}
                found += await (self._sorted(sql, order, part) if sql else self._available(part))
            offset = max(0, offset - size)
        return [rows.view(row) for row in found]

    async def _size(self, section: str, service: str | None, state: str | None) -> int:
        states: Sequence[str] = FINAL_STATES if section == "finished" else (section,)
        if section in {"paused", "scheduled"}:
            if state not in {None, "scheduled"}:
                return 0
            paused = await self._paused(service)
            return paused if section == "paused" else self._count(("scheduled",), service) - paused
        return self._count([s for s in states if state in {None, s}], service)

    def _count(self, states: Sequence[str], service: str | None) -> int:
        services = self._depths.services() if service is None else [service]
        return sum(self._depths.of(each, state) for each in services for state in states)

    async def _paused(self, service: str | None) -> int:
        row = await self._database.row(
            "SELECT count(*) AS number FROM operations WHERE parked = 1"
            " AND (:service IS NULL OR service = :service)",
            {"service": service},  # type: ignore[arg-type]  # aiosqlite's stub leaves out named parameters
        )
        return 0 if row is None else int(row["number"])

    async def _sorted(self, sql: str, order: str, part: Mapping[str, Any]) -> list[sqlite3.Row]:
        alive = sql.startswith(self._alive)  # that has its condition already
        terms = "".join(
            f" AND {name} = :{name}"
            for name in ("service", "state")
            if part[name] is not None and not (name == "state" and alive)
        )
        condition = terms if alive else f" WHERE 1{terms}"
        return await self._database.rows(
            f"{sql}{condition} ORDER BY {order} LIMIT :limit OFFSET :offset",
            part,  # type: ignore[arg-type]  # as above
        )

    async def _available(self, part: Mapping[str, Any]) -> list[sqlite3.Row]:
        """Merged from the services, each of which has its order in the index."""
        last = part["offset"] + part["limit"]
        services = [part["service"]] if part["service"] else self._depths.services()
        each = [
            await self._database.rows(self._alive + AVAILABLE, {"service": service, "last": last})  # type: ignore[arg-type]  # as above
            for service in services
        ]
        merged = heapq.merge(*each, key=lambda row: (row["rank"], row["turn"], row["id"]))
        return list(islice(merged, part["offset"], last))

    async def get(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""
        for sql in (f"{ALIVE} WHERE id = ?", f"{FINISHED} WHERE id = ?"):
            row = await self._database.row(sql, (operation_id,))
            if row is not None:
                return rows.view(row)
        return None
