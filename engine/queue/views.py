"""A page of operations for people, read through an index whatever the size of the queue."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from engine.operations import FINAL_STATES
from engine.queue import rows
from engine.queue.conditions import FINISHED as DONE
from engine.queue.conditions import LIVE
from engine.queue.pages import ROWS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

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


class _Page(NamedTuple):
    """Which part of the list is wanted."""

    service: str | None
    state: str | None
    limit: int
    offset: int


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
        """``limit`` operations after the first ``offset``, all of one moment."""
        wanted = _Page(service, state, limit, offset)
        return await self._database.read(lambda connection: self._page(connection, wanted))

    def _page(self, connection: sqlite3.Connection, page: _Page) -> list[OperationView]:
        found: list[sqlite3.Row] = []
        offset = page.offset
        for name, sql, order in (
            ("running", self._alive + RUNNING, "id"),
            ("available", "", ""),
            ("paused", self._alive + PAUSED, "id"),
            ("scheduled", self._alive + SCHEDULED, "run_at"),
            ("finished", self._finished, "finished_at DESC, id DESC"),
        ):
            wanted = page.limit - len(found)
            if wanted <= 0:
                break
            if not _includes(name, page.state):
                continue
            # sizes are of another moment than the rows: they only tell what can be passed over
            size = self._size(connection, name, page) if offset else 0
            if size >= offset:
                part = _Page(page.service, page.state, wanted, offset)
                find = self._sorted if sql else self._available
                found += find(connection, sql, order, part)
            offset = max(0, offset - size)
        return [rows.view(row) for row in found]

    def _size(self, connection: sqlite3.Connection, section: str, page: _Page) -> int:
        states: Sequence[str] = FINAL_STATES if section == "finished" else (section,)
        if section in {"paused", "scheduled"}:
            paused = _paused(connection, page.service)
            if section == "paused":
                return paused
            return self._count(("scheduled",), page.service) - paused
        return self._count([s for s in states if page.state in {None, s}], page.service)

    def _count(self, states: Sequence[str], service: str | None) -> int:
        services = self._depths.services() if service is None else [service]
        return sum(self._depths.of(each, state) for each in services for state in states)

    def _sorted(
        self, connection: sqlite3.Connection, sql: str, order: str, part: _Page
    ) -> list[sqlite3.Row]:
        alive = sql.startswith(self._alive)  # that has its condition already
        terms = "".join(
            f" AND {name} = :{name}"
            for name, value in (("service", part.service), ("state", part.state))
            if value is not None and not (name == "state" and alive)
        )
        condition = terms if alive else f" WHERE 1{terms}"
        return connection.execute(
            f"{sql}{condition} ORDER BY {order} LIMIT :limit OFFSET :offset", part._asdict()
        ).fetchall()

    def _available(
        self, connection: sqlite3.Connection, _sql: str, _order: str, part: _Page
    ) -> list[sqlite3.Row]:
        """Merged from the services, each of which has its order in the index."""
        last = part.offset + part.limit
        services = [part.service] if part.service else self._depths.services()
        each = [
            connection.execute(self._alive + AVAILABLE, {"service": service, "last": last})
            for service in services
        ]
        merged = heapq.merge(*each, key=lambda row: (row["rank"], row["turn"], row["id"]))
        return list(islice(merged, part.offset, last))

    async def get(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""
        return await self._database.read(lambda connection: _one(connection, operation_id))


def _includes(section: str, state: str | None) -> bool:
    """Whether operations of ``state`` stand in the section; None is any."""
    if state is None:
        return True
    if section in {"paused", "scheduled"}:
        return state == "scheduled"
    return state in FINAL_STATES if section == "finished" else state == section


def _paused(connection: sqlite3.Connection, service: str | None) -> int:
    found = connection.execute(
        "SELECT count(*) FROM operations WHERE parked = 1"
        " AND (:service IS NULL OR service = :service)",
        {"service": service},
    )
    return int(found.fetchone()[0])


def _one(connection: sqlite3.Connection, operation_id: int) -> OperationView | None:
    for sql in (f"{ALIVE} WHERE id = ?", f"{FINISHED} WHERE id = ?"):
        row = connection.execute(sql, (operation_id,)).fetchone()
        if row is not None:
            return rows.view(row)
    return None
