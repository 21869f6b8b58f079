"""How an operation fills a line: which columns, how wide, in which order of the eye."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from widgets.safe_text import fit
from widgets.words import OPERATION_STATES

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
    is_state: bool = False
    """Painted in the colour of the operation's state."""


def _state(row: OperationModel) -> str:
    return f"{OPERATION_STATES.get(row.state, '?')} {row.state}"


COLUMNS = (
    Column("id", 6, 8, lambda row: str(row.id)),
    Column("service", 9, 10, lambda row: row.title),
    Column("kind", 13, 20, lambda row: row.kind),
    Column("key", 12, 22, lambda row: row.key),
    Column("state", 11, 11, _state, is_state=True),
    Column("try", 3, 4, lambda row: f"{row.attempts}/{row.max_attempts}"),
    Column("when", 7, 8, lambda row: row.when),
    Column("detail", 0, 0, lambda row: row.detail),
)
"""``detail`` takes what is left."""

WIDE = 110


def widths(width: int) -> tuple[int, ...]:
    """Cells of each column, one apart, in a line of ``width`` cells."""
    fixed = [column.wide if width >= WIDE else column.narrow for column in COLUMNS[:-1]]
    return (*fixed, max(width - sum(fixed) - len(fixed), 0))


def cells(row: OperationModel, width: int) -> list[str]:
    """The text of each column, padded to its width, safe to paint."""
    return [
        fit(column.text(row), room) for column, room in zip(COLUMNS, widths(width), strict=True)
    ]


def titles(width: int) -> str:
    """The heading line."""
    rooms = zip(COLUMNS, widths(width), strict=True)
    return fit(" ".join(fit(column.title, room) for column, room in rooms), width)
