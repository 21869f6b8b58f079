"""Screen 2: the operations at full height."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical

from vespera_tui.screens.base import DashboardScreen
from widgets.operation_list import OperationList

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.models import OperationModel


class OperationsScreen(DashboardScreen):
    """The operation list alone."""

    AUTO_FOCUS: ClassVar[str | None] = "OperationList"
    place: ClassVar[str] = "operations"

    def body(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="body"):
            yield OperationList(id="operations")

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show the queue."""
        super().show(snapshot)
        self.query_one(OperationList).show(snapshot.operations)

    @property
    def target(self) -> str:
        """An operation, in the list."""
        return "operation" if isinstance(self.focused, OperationList) else ""

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor."""
        return self.query_one(OperationList).selected
