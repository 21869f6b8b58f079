"""The queue as a list of operations."""

from __future__ import annotations

from typing import ClassVar

from widgets.columns import Column
from widgets.models import OperationModel
from widgets.row_list import RowList
from widgets.words import OPERATION_STATES, PRIORITIES

STATE_TONES = {
    "running": "success",
    "available": "primary",
    "scheduled": "secondary",
    "completed": "muted",
    "cancelled": "muted",
    "failed": "error",
}


def _state(row: OperationModel) -> str:
    return f"{OPERATION_STATES.get(row.state, '?')} {row.state}"


def _priority(row: OperationModel) -> str:
    return PRIORITIES[max(0, min(row.priority, len(PRIORITIES) - 1))]


def _try(row: OperationModel) -> str:
    """Which attempt it is, or was; each that failed is counted, the one that did not is not."""
    going = row.state in {"running", "completed"}
    return f"{min(row.attempts + going, row.max_attempts)}/{row.max_attempts}"


def _detail(row: OperationModel) -> str:
    deadline = f"▲ {row.deadline}" if row.late else row.deadline
    return "; ".join(part for part in (deadline, row.detail) if part)


class OperationList(RowList[OperationModel]):
    """Operations; ``detail`` begins with the deadline, which few have."""

    COLUMNS: ClassVar[tuple[Column[OperationModel], ...]] = (
        Column("id", 6, 8, lambda row: str(row.id), sort="id", right=True),
        Column("service", 9, 10, lambda row: row.title, sort="service"),
        Column("kind", 10, 18, lambda row: row.kind, sort="kind", most=24),
        Column("target", 12, 20, lambda row: row.key, sort="key", most=40),
        Column("state", 11, 11, _state, lambda row: STATE_TONES.get(row.state, ""), sort="state"),
        Column("priority", 1, 10, _priority, sort="priority"),
        Column("try", 4, 5, _try, sort="attempts"),
        Column("when", 7, 8, lambda row: row.when, sort="when"),
        Column("detail", 0, 0, _detail, lambda row: "warning" if row.late else ""),
    )
