"""Failures in groups, the one that failed last first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from widgets.columns import Column
from widgets.row_list import RowList
from widgets.words import sparkline


@dataclass(frozen=True, slots=True)
class ErrorGroupModel:
    """Operations that failed in the same way."""

    id: str
    """Its fingerprint."""
    title: str
    pattern: str
    """The message with what differs replaced."""
    count: int = 0
    trend: tuple[int, ...] = ()
    """Failures an hour, oldest first."""
    first: str = ""
    """How long ago, in words."""
    last: str = ""


class ErrorList(RowList[ErrorGroupModel]):
    """Count, trend of half a day, first and last seen, service and message."""

    COLUMNS: ClassVar[tuple[Column[ErrorGroupModel], ...]] = (
        Column("count", 6, 7, lambda row: f"{row.count:,}", lambda _: "error", "count", right=True),
        Column("last 12 h", 12, 12, lambda row: sparkline(row.trend, 12), lambda _: "accent"),
        Column("last", 5, 6, lambda row: row.last, sort="last", right=True),
        Column("first", 6, 7, lambda row: row.first, sort="first", right=True),
        Column("service", 9, 10, lambda row: row.title, sort="service"),
        Column("error", 0, 0, lambda row: row.pattern),
    )
