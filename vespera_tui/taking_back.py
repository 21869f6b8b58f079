"""How steering of operations is taken back, as far as that is possible, told truthfully."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from engine.operations import OperationFilter, ServicePriority, Steering
from vespera_tui.console import ACTOR
from vespera_tui.undo import Undo
from widgets.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.api import EngineAPI

UNDONE_AT_MOST = 10_000
"""Operations whose numbers are kept to take a change back."""
OPPOSITE = {
    Steering.CANCEL: (Steering.UNDO_CANCEL, "waiting as before"),
    Steering.RETRY: (Steering.UNDO_RETRY, "as before the retry"),
    Steering.PAUSE: (Steering.RESUME, "let go again"),
    Steering.RESUME: (Steering.PAUSE, "held back again"),
    Steering.DISCARD: (Steering.RESTORE, "failed again"),
}
"""What takes it back, and what they are then. What was brought forward has run or will at once."""


def undo_steering(how: Steering, before: Mapping[int, int]) -> Undo | None:
    """What takes it back for those touched, given with the priority each had; None if nothing."""
    if not before:
        return None
    if how is Steering.PRIORITIZE:
        return Undo("change of priority", _Priorities(before), len(before))
    if how not in OPPOSITE:
        return None
    return Undo(str(how), _Opposite(how, tuple(before)), len(before))


def undo_schedule(number: int) -> Undo:
    """Cancel an operation that was queued, unless it has begun."""

    async def back(engine: EngineAPI) -> str:
        which = OperationFilter(ids=(number,))
        if await engine.steer_operations(Steering.CANCEL, which, actor=ACTOR):
            return f"operation {number} is cancelled; it had not begun"
        return f"too late to take operation {number} back: it has begun"

    return Undo(f"operation {number}", back)


async def joined_others(engine: EngineAPI, how: Steering, ids: Sequence[int]) -> int:
    """Of how many of those that were retried an equal one waited already."""
    if how is not Steering.RETRY:
        return 0
    joined = 0
    for start in range(0, len(ids), UNDONE_AT_MOST):
        part = OperationFilter(ids=tuple(ids[start : start + UNDONE_AT_MOST]), state="cancelled")
        joined += (await engine.preview_steering(Steering.UNDO_RETRY, part, limit=1)).total
    return joined


class _Opposite:
    def __init__(self, how: Steering, ids: tuple[int, ...]) -> None:
        self._ids = ids
        self._how, self._word = OPPOSITE[how]

    async def __call__(self, engine: EngineAPI) -> str:
        which = OperationFilter(ids=self._ids)
        touched = await engine.steer_operations(self._how, which, actor=ACTOR)
        return _told(len(touched), len(self._ids), self._word)


class _Priorities:
    def __init__(self, before: Mapping[int, int]) -> None:
        self._before: dict[int, list[int]] = defaultdict(list)
        for number, priority in before.items():
            self._before[priority].append(number)

    async def __call__(self, engine: EngineAPI) -> str:
        touched = 0
        for priority, ids in self._before.items():
            touched += len(
                await engine.steer_operations(
                    Steering.PRIORITIZE,
                    OperationFilter(ids=tuple(ids)),
                    priority=ServicePriority(priority),
                    actor=ACTOR,
                )
            )
        return _told(touched, sum(map(len, self._before.values())), "as urgent as before")


def _told(touched: int, of: int, word: str) -> str:
    if not touched:
        return "too late to take that back: they have moved on meanwhile"
    missed = of - touched
    late = f"; {counted(missed, 'has', 'have')} moved on meanwhile" if missed else ""
    return f"{counted(touched, 'operation is', 'operations are')} {word}{late}"
