"""How an operation fills a line: which columns, how wide, in which order of the eye."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from widgets.safe_text import fit
from widgets.words import OPERATION_STATES, PRIORITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from widgets.models import OperationModel


@dataclass(frozen=True, slots=True)
class Column:
    """One column; widths in cells, the narrow one below 110 cells."""

    title: str
    narrow: int
    wide: int
    text: Callable[[OperationModel], str]
    tone: Callable[[OperationModel], str] = lambda _: ""
    """What decides the colour: a state, late, or nothing."""


def _state(row: OperationModel) -> str:
    return f"{OPERATION_STATES.get(row.state, '?')} {row.state}"


def _priority(row: OperationModel) -> str:
    return PRIORITIES[max(0, min(row.priority, len(PRIORITIES) - 1))]


def _detail(row: OperationModel) -> str:
    deadline = f"▲ {row.deadline}" if row.late else row.deadline
    return "; ".join(part for part in (deadline, row.detail) if part)


COLUMNS = (
    Column("id", 6, 8, lambda row: str(row.id)),
    Column("service", 9, 10, lambda row: row.title),
    Column("kind", 12, 18, lambda row: row.kind),
    Column("key", 10, 20, lambda row: row.key),
    Column("state", 11, 11, _state, lambda row: row.state),
    Column("priority", 1, 10, _priority),
    Column("try", 3, 4, lambda row: f"{row.attempts}/{row.max_attempts}"),
    Column("when", 7, 8, lambda row: row.when),
    Column("detail", 0, 0, _detail, lambda row: "late" if row.late else ""),
)
"""``detail`` takes what is left; it begins with the deadline, which few operations have."""

WIDE = 110


def widths(width: int) -> tuple[int, ...]:
    """Cells of each column, one apart, in a line of ``width`` cells."""
    fixed = [column.wide if width >= WIDE else column.narrow for column in COLUMNS[:-1]]
    return (*fixed, max(width - sum(fixed) - len(fixed), 0))


def cells(row: OperationModel, width: int) -> list[str]:
    """The text of each column, padded to its width, safe to paint."""
    rooms = zip(COLUMNS, widths(width), strict=True)
    return [_cut(column.text(row), room) for column, room in rooms]


def titles(width: int) -> str:
    """The heading line."""
    rooms = zip(COLUMNS, widths(width), strict=True)
    return fit(" ".join(_cut(column.title, room) for column, room in rooms), width)


def _cut(text: str, room: int) -> str:
    """Fitted to its column; in one of a single cell stands the sign, not an ellipsis."""
    return fit(text[:1] if room == 1 else text, room)
