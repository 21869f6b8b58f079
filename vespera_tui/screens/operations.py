"""Screen 2: the operations at full height."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical

from vespera_tui.screens.base import DashboardScreen
from widgets.operation_list import OperationList

if TYPE_CHECKING:
    from textual.app import ComposeResult


class OperationsScreen(DashboardScreen):
    """The operation list alone."""

    AUTO_FOCUS: ClassVar[str | None] = "OperationList"

    def body(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="body"):
            yield OperationList(id="operations")
