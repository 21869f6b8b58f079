"""What :class:`engine.queue.memory_queue.MemoryQueue` keeps: rows as SQLite has them, in a dict."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING, Any

from engine.operations import FINAL_STATES, Operation, OperationState, ServicePriority
from engine.queue.encoding import decode
from engine.queue.wakeups import Wakeups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.operations import OperationFilter

WAITING = ("scheduled", "available")


@dataclass(slots=True)
class Row:
    """An operation, alive or finished; the columns of both of SQLite's tables by name."""

    id: int
    service: str
    kind: str
    key: str | None
    payload: str
    """JSON object, as in SQLite: so the row shares nothing with whoever made it."""
    priority: int
    state: str
    rank: int
    turn: float
    run_at: float
    max_run_at: float
    deadline: float
    max_attempts: int
    origin: str
    created_at: float
    parked: bool = False
    attempts: int = 0
    claims: int = 0
    unclean: int = 0
    history: str = "[]"
    waiting_for: str = ""
    claimed_at: float | None = None
    claimed_by: str | None = None
    lease_until: float | None = None
    finished_at: float | None = None
    result: str = "{}"
    was: str | None = None
    """What a person's cancel or retry took away; see :mod:`engine.queue.reverse`."""

    def __getitem__(self, column: str) -> Any:
        return getattr(self, column)

    @property
    def place(self) -> tuple[int, float, int]:
        """Where it stands in the order of claiming."""
        return self.rank, self.turn, self.id

    def claimed(self, now: float) -> Operation:
        """What a worker gets that claims it at ``now``."""
        return Operation(
            id=self.id,
            service=self.service,
            kind=self.kind,
            key=self.key,
            payload=decode(self.payload),
            priority=ServicePriority(self.priority),
            state=OperationState.RUNNING,
            run_at=self.run_at,
            deadline=self.deadline,
            attempts=self.attempts,
            max_attempts=self.max_attempts,
            claims=self.claims + 1,
            origin=self.origin,
            created_at=self.created_at,
            claimed_at=now,
        )

    def held_by(self, operation: Operation) -> bool:
        """Whether the operation's claim is the current one."""
        return self.state == "running" and self.claims == operation.claims

    def matches(self, which: OperationFilter) -> bool:
        """Whether a person means this one."""
        if which.ids is not None and self.id not in which.ids:
            return False
        names = ("service", "kind", "key", "state", "origin")
        return all(getattr(which, name) in {None, self[name]} for name in names) and (
            self._looks_like(which)
        )

    def _looks_like(self, which: OperationFilter) -> bool:
        if which.target is not None and not fnmatchcase(self.key or "", which.target):
            return False
        last = self.waiting_for if self.finished_at is None else self.result
        text = " ".join((self.kind, self.key or "", self.origin, self.history, last))
        if which.text is not None and which.text.lower() not in text.lower():
            return False
        mark = decode(self.result).get("fingerprint") if self.state == "failed" else None
        return which.fingerprint in {None, mark}


@dataclass(slots=True)
class Store:
    """All that outlives one queue object; hand it to the next one for a restart."""

    rows: dict[int, Row] = field(default_factory=dict)
    """By id, which is also the order they came in."""
    alive: dict[int, Row] = field(default_factory=dict)
    """Those that have not ended, few of the rows; in any order."""
    pauses: dict[str, str] = field(default_factory=dict)
    """Reason by service."""
    ids: Iterator[int] = field(default_factory=lambda: count(1))
    wakeups: Wakeups = field(default_factory=Wakeups)
    scheduled: asyncio.Event = field(default_factory=asyncio.Event)

    def select(self, *states: str, service: str | None = None) -> list[Row]:
        """Those in one of the states, in the order of their ids."""
        history = any(state in FINAL_STATES for state in states)
        among = self.rows if history else self.alive
        rows = among.values() if history else sorted(among.values(), key=lambda row: row.id)
        return [row for row in rows if row.state in states and service in {None, row.service}]

    def waiting(self, service: str, kind: str, key: str | None) -> Row | None:
        """The one that waits for the same, which an equal wish joins; None without a key."""
        if key is None:
            return None
        same = (service, kind, key)
        waiting = self.select(*WAITING, service=service)
        return next((row for row in waiting if (row.service, row.kind, row.key) == same), None)


def merge_patch(target: Any, patch: Any) -> Any:
    """``target`` changed as JSON Merge Patch says (RFC 7396), as SQLite's ``json_patch`` does."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
