"""Columns of plain text, and times and durations as people write them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from vespera_tui.commands.text import say, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = "-"
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def show_table(*rows: Sequence[object]) -> None:
    """Print ``rows``, all of the same length, the first the heading; the last column is ragged."""
    from rich.cells import cell_len  # noqa: PLC0415 - only where columns are aligned

    cells = [[visible(cell) or NOTHING for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = [
            text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)
        ]
        say("  ".join(padded).rstrip())


def short(text: object, length: int) -> str:
    """``text``, cut to at most ``length`` characters."""
    whole = str(text)
    return whole if len(whole) <= length else whole[: length - 3] + "..."


def moment(unix_seconds: float | None) -> str:
    """A time in this machine's zone; empty for None."""
    if unix_seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(unix_seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):  # further away than a calendar goes
        return f"{unix_seconds:g}"


def span(seconds: float | None) -> str:
    """A duration to three digits, for instance ``250 ms``, ``1.5 s`` or ``14 min``."""
    if seconds is None:
        return NOTHING
    if 0 < seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    size, unit = next((pair for pair in _UNITS if seconds >= 2 * pair[0]), (1, "s"))
    return f"{seconds / size:.3g} {unit}"


def count(number: int, what: str = "operation") -> str:
    """``1 operation``, ``12 operations``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
