"""The log of the demonstration: its events, as lines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.monitoring.log_tail import LogLine, LogPage, check, matches
from vespera_tui.demo.script import DATA_DIR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.monitoring.log_tail import LogQuery
    from engine.snapshots import Event

PATH = f"{DATA_DIR}/logs/vespera.log"
LEVELS = {"operation.failed": "error", "operation.retried": "warning"}


def log_page(events: Iterable[Event], query: LogQuery) -> LogPage:
    """The newest lines that match, oldest first. InvalidInputError for a wrong query."""
    check(query)
    lines = [_line(event) for event in events]
    found = tuple(line for line in lines if matches(line, query))[-query.limit :]
    return LogPage(found, PATH, sum(len(line.fields) for line in lines))


def _line(event: Event) -> LogLine:
    at = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds")
    fields = f"subject={event.subject} actor={event.actor} {event.message}".strip()
    level = LEVELS.get(event.kind, "info")
    return LogLine(event.seq, f"{at[:23]}Z", level, event.kind, "vespera", fields)
