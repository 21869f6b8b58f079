"""What a person changed and can take back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from engine.api import EngineAPI

KEPT = 50
KEPT_THINGS = 20_000
"""Tasks and operations that all changes together keep; the oldest changes give way."""


class TooLateError(TaskError):
    """Somebody changed since what was to be taken back; it stays as it is."""


@dataclass(frozen=True, slots=True)
class Undo:
    """One change that can be taken back."""

    title: str
    """What was done."""
    run: Callable[[EngineAPI], Awaitable[str]]
    """Takes it back; says what became of it, truthfully when it came too late."""
    size: int = 1
    """Tasks or operations that it keeps something of."""


class UndoStack:
    """The changes that can be taken back, the last one first."""

    def __init__(self) -> None:
        self._changes: deque[Undo] = deque(maxlen=KEPT)

    def push(self, undo: Undo) -> None:
        """Note a change."""
        self._changes.append(undo)
        while len(self._changes) > 1 and sum(each.size for each in self._changes) > KEPT_THINGS:
            self._changes.popleft()

    def pop(self) -> Undo | None:
        """The last change, taken from the stack; None when there is none."""
        return self._changes.pop() if self._changes else None

    def last(self) -> Undo | None:
        """The last change; None when there is none."""
        return self._changes[-1] if self._changes else None
