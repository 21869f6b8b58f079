"""What was read of a file or folder so far, each task under its number and with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.tasks import TaskDraft

Error = tuple[int, str]


@dataclass(slots=True)
class Reading:
    """Filled by the reader of a format."""

    source: str = ""
    """Where the tasks come from, for ``extra["origin"]``; empty if that says nothing."""
    drafts: list[tuple[int, TaskDraft]] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)
    """Where a number is in the file, for files that are not a task a line."""
    naturals: dict[str, str] = field(default_factory=dict)
    """In formats that give numbers: a task's id in the file by its id here."""
    notes: list[str] = field(default_factory=list)
    """What a person should know, though nothing is wrong."""

    def add(self, number: int, read: Callable[[], TaskDraft], label: str = "") -> None:
        """Read a task; one that can't be read becomes an error, and the rest goes on."""
        if label:
            self.labels[number] = label
        try:
            self.drafts.append((number, read()))
        except InvalidInputError as error:
            self.errors.append((number, str(error)))

    def fail(self, message: str, label: str) -> None:
        """Note what is wrong with a place that has no number yet."""
        number = max([0, *self.labels, *(number for number, _ in self.drafts)]) + 1
        self.labels[number] = label
        self.errors.append((number, message))
