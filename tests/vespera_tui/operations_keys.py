"""The screen of operations, worked by keys: what its tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.vespera_tui.typing_in import filter_by
from widgets.operation_list import OperationList

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.vespera_tui.conftest import Until


def rows(app: Any) -> OperationList:
    found: OperationList = app.screen_stack[0].query_one(OperationList)
    return found


async def typed(pilot: Pilot[None], until: Until, words: str) -> None:
    """Filter by ``words``, and back to the list."""
    await filter_by(pilot, until, words)
    await until(pilot, lambda: isinstance(pilot.app.focused, OperationList))
