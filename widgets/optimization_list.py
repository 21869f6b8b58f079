"""What the optimisations of the stores did and gained, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from widgets.columns import Column
from widgets.row_list import RowList


@dataclass(frozen=True, slots=True)
class OptimizationModel:
    """One optimisation of one store."""

    id: int
    store: str
    when: str
    took: str
    gained: str
    reason: str = ""
    result: str = ""
    damaged: bool = False


class OptimizationList(RowList[OptimizationModel]):
    """When, which store, how long, what it gained, and why it ran."""

    COLUMNS: ClassVar[tuple[Column[OptimizationModel], ...]] = (
        Column("when", 8, 10, lambda row: row.when),
        Column("store", 8, 10, lambda row: row.store),
        Column("took", 7, 8, lambda row: row.took, right=True),
        Column(
            "gained",
            8,
            10,
            lambda row: row.gained or "-",
            lambda row: "success" if row.gained else "muted",
            right=True,
        ),
        Column("why", 14, 20, lambda row: row.reason, lambda _: "muted", most=30),
        Column(
            "result",
            0,
            0,
            lambda row: f"✖ {row.result}" if row.damaged else row.result,
            lambda row: "error" if row.damaged else "",
        ),
    )
