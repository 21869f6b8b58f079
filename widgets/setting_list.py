"""The settings, each with its value and what set it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from widgets.columns import Column
from widgets.row_list import RowList


@dataclass(frozen=True, slots=True)
class SettingModel:
    """One setting in force."""

    id: str
    """Its dotted key."""
    value: str
    source: str
    meaning: str = ""
    changed: bool = False
    """Whether something else than a default or a profile set it."""


class SettingList(RowList[SettingModel]):
    """Key, value, source and meaning; what somebody set is marked."""

    COLUMNS: ClassVar[tuple[Column[SettingModel], ...]] = (
        Column("", 1, 1, lambda row: "●" if row.changed else " ", lambda _: "accent"),
        Column("setting", 38, 44, lambda row: row.id),
        Column(
            "value",
            16,
            20,
            lambda row: row.value,
            lambda row: "accent" if row.changed else "",
            most=44,
        ),
        Column("set by", 19, 19, lambda row: row.source, lambda _: "muted"),
        Column("meaning", 0, 0, lambda row: row.meaning, lambda _: "muted"),
    )
