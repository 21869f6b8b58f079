"""The life of an alert: raised once, kept up to date, acknowledged, resolved."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import DataDirectoryError
from engine.snapshots import Alert

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from engine.clock import Clock
    from engine.database.database import Database
    from engine.monitoring.events import EventLog

QUIET_SECONDS = 30.0
"""How long a rule must say nothing before its alert is resolved, so that none flaps."""
RESOLVED_KEPT = 1000
COLUMNS = "id, severity, message, since, acknowledged_by, resolved_at"
SAVE = f"""INSERT INTO alerts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id, since) DO UPDATE SET severity = excluded.severity,
        message = excluded.message, acknowledged_by = excluded.acknowledged_by,
        resolved_at = excluded.resolved_at"""
PRUNE = """DELETE FROM alerts WHERE (id, since) IN (
    SELECT id, since FROM alerts WHERE resolved_at IS NOT NULL
    ORDER BY resolved_at DESC, since DESC LIMIT -1 OFFSET ?)"""


@dataclass(slots=True)
class _Live:
    alert: Alert
    quiet_since: float | None = None
    """Monotonic time since which its rule says nothing."""


class AlertKeeper:
    """Keeps the alerts that are alive, in memory and in the table ``alerts``.

    ``deliver`` is told of each alert raised or resolved (``resolved_at`` says which); it must
    neither block nor raise. A store that can't be written (a full disk is itself an alert) holds
    up nothing: the rows wait for the next update, and the event "alert.unwritten" says so.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        events: EventLog,
        deliver: Callable[[Alert], None],
    ) -> None:
        self._database, self._clock, self._events = database, clock, events
        self._deliver = deliver
        self._live: dict[str, _Live] = {}
        self._unwritten: dict[tuple[str, float], Alert] = {}
        self._writing = asyncio.Lock()
        self._write_failed = False

    async def load(self) -> None:
        """Take up the alerts that were alive when the engine stopped. They are not told again."""
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM alerts WHERE resolved_at IS NULL")
        self._live = {row["id"]: _Live(_alert(row)) for row in rows}

    @property
    def current(self) -> tuple[Alert, ...]:
        """The alerts alive: critical first, then those nobody acknowledged, then the oldest."""
        return tuple(sorted((live.alert for live in self._live.values()), key=_urgency))

    async def history(self, limit: int) -> list[Alert]:
        """Up to ``limit`` alerts, alive or resolved, the latest raised first."""
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM alerts ORDER BY since DESC, id LIMIT ?", (max(limit, 0),)
        )
        return [_alert(row) for row in rows]

    async def update(self, found: Iterable[Alert]) -> None:
        """Make ``found`` the truth: raise what is new, note what changed, resolve what is over.

        Only id, severity and message of ``found`` count.
        """
        calls = {alert.id: alert for alert in found}
        for alert in calls.values():
            self._see(alert)
        for live in [live for name, live in self._live.items() if name not in calls]:
            self._miss(live)
        await self._write()

    async def acknowledge(self, alert_id: str, actor: str) -> bool:
        """Note that ``actor`` knows; False when no such alert is alive.

        Whoever acknowledged first stays; a second time changes nothing.
        """
        live = self._live.get(alert_id)
        if live is None:
            return False
        if not live.alert.acknowledged_by:
            self._change(live, replace(live.alert, acknowledged_by=actor or "someone"))
            self._events.add(
                "alert.acknowledged", alert_id, actor=actor, message=live.alert.message
            )
            await self._write()
        return True

    async def forget(self, alert_id: str, actor: str) -> bool:
        """Take back that anybody knows, for ``actor``; False when no such alert is alive."""
        live = self._live.get(alert_id)
        if live is None:
            return False
        if live.alert.acknowledged_by:
            self._change(live, replace(live.alert, acknowledged_by=""))
            self._events.add("alert.forgotten", alert_id, actor=actor, message=live.alert.message)
            await self._write()
        return True

    def _see(self, found: Alert) -> None:
        live = self._live.get(found.id)
        if live is None:
            self._raise(found)
            return
        live.quiet_since = None
        if (found.severity, found.message) != (live.alert.severity, live.alert.message):
            changed = replace(live.alert, severity=found.severity, message=found.message)
            self._change(live, changed)

    def _raise(self, found: Alert) -> None:
        alert = Alert(found.id, found.severity, found.message, since=self._clock.now())
        self._live[alert.id] = live = _Live(alert)
        self._change(live, alert)
        level = "error" if alert.severity == "critical" else "warning"
        self._events.add("alert.raised", alert.id, message=alert.message, level=level)
        self._deliver(alert)

    def _miss(self, live: _Live) -> None:
        now = self._clock.monotonic()
        if live.quiet_since is None:
            live.quiet_since = now
        if now - live.quiet_since < QUIET_SECONDS:
            return
        self._change(live, replace(live.alert, resolved_at=self._clock.now()))
        del self._live[live.alert.id]
        self._events.add("alert.resolved", live.alert.id, message=live.alert.message)
        self._deliver(live.alert)

    def _change(self, live: _Live, alert: Alert) -> None:
        live.alert = alert
        self._unwritten[alert.id, alert.since] = alert

    async def _write(self) -> None:
        async with self._writing:
            if not self._unwritten:
                return
            alerts = tuple(self._unwritten.values())  # in the order of what happened
            try:
                await self._database.write(lambda connection: _save(connection, alerts))
            except DataDirectoryError as error:
                self._say_unwritten(error)
                return
            self._write_failed = False
            for alert in alerts:
                if self._unwritten[alert.id, alert.since] is alert:  # it did not change meanwhile
                    del self._unwritten[alert.id, alert.since]

    def _say_unwritten(self, error: DataDirectoryError) -> None:
        if not self._write_failed:  # once, not at every update
            self._events.add("alert.unwritten", message=str(error), level="error")
        self._write_failed = True


def _save(connection: sqlite3.Connection, alerts: tuple[Alert, ...]) -> None:
    connection.executemany(
        SAVE,
        [(a.id, a.severity, a.message, a.since, a.acknowledged_by, a.resolved_at) for a in alerts],
    )
    if any(alert.resolved_at is not None for alert in alerts):
        connection.execute(PRUNE, (RESOLVED_KEPT,))


def _alert(row: sqlite3.Row) -> Alert:
    return Alert(**{name: row[name] for name in COLUMNS.split(", ")})


def _urgency(alert: Alert) -> tuple[bool, bool, float, str]:
    return alert.severity != "critical", bool(alert.acknowledged_by), alert.since, alert.id
