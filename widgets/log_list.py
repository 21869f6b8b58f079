"""Lines of the log, newest last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from widgets.columns import Column
from widgets.row_list import RowList

SIGNS = {
    "debug": "· debug",
    "info": "i info",
    "warning": "▲ warning",
    "error": "✖ error",
    "critical": "✖ critical",
}
TONES = {"debug": "muted", "info": "primary", "warning": "warning"}


@dataclass(frozen=True, slots=True)
class LogModel:
    """One line of the log."""

    id: int
    """Its place in the file."""
    time: str
    level: str
    event: str
    fields: str = ""
    exception: str = ""


def _level(row: LogModel) -> str:
    return SIGNS.get(row.level, f"? {row.level}" if row.level else "")


def _tone(row: LogModel) -> str:
    return TONES.get(row.level, "error" if row.level else "muted")


def _text(row: LogModel) -> str:
    mark = " [traceback]" if row.exception else ""
    return f"{row.fields}{mark}".lstrip()


class LogList(RowList[LogModel]):
    """Time, level and what was said."""

    COLUMNS: ClassVar[tuple[Column[LogModel], ...]] = (
        Column("time", 8, 8, lambda row: row.time, lambda _: "muted", most=20),
        Column("level", 9, 10, _level, _tone),
        Column("what", 16, 18, lambda row: row.event, most=28),
        Column("about", 0, 0, _text),
    )
