"""What every screen of the dashboard has: a header, a body that may be covered, the key bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from vespera_tui.actions import key_hints
from widgets.engine_header import EngineHeader
from widgets.key_bar import KeyBar
from widgets.models import EngineModel
from widgets.opening_panel import OpeningModel, OpeningPanel
from widgets.operation_list import OperationList

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.models import AlertModel, OperationModel

WIDTHS: list[tuple[int, str]] | None = [(0, "-narrow"), (110, "-wide")]
HEIGHTS: list[tuple[int, str]] | None = [(0, "-short"), (36, "-tall")]
"""Cells from which a screen has the class beside them."""


class DashboardScreen(Screen[None]):
    """A screen that shows a :class:`DashboardSnapshot`; subclasses fill the body."""

    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def compose(self) -> ComposeResult:
        """Header, what covers the body while there is no engine, the body, the keys."""
        yield EngineHeader(EngineModel(), id="header")
        yield OpeningPanel(OpeningModel(), id="opening")
        yield from self.body()
        yield KeyBar(key_hints(""), id="keys")

    def body(self) -> ComposeResult:
        """The widgets between header and key bar, in one container with the class ``body``."""
        raise NotImplementedError

    def cover(self, model: OpeningModel | None, engine: EngineModel) -> None:
        """Show ``model`` over the body, or the body when it is None."""
        self.query_one(EngineHeader).show(engine)
        panel = self.query_one(OpeningPanel)
        panel.display = model is not None
        self.query_one(".body").display = model is None
        if model is not None:
            panel.show(model)

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show ``snapshot``."""
        self.query_one(EngineHeader).show(snapshot.engine)
        self.query_one(OperationList).show(snapshot.operations)

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus now."""
        self.query_one(KeyBar).show(key_hints("", self.target))

    @property
    def target(self) -> str:
        """What the actions under the cursor are done to; see ``vespera_tui.actions``."""
        return "operation" if isinstance(self.focused, OperationList) else ""

    @property
    def selected_service(self) -> str | None:
        """The service under the cursor; in a list, that of the operation."""
        operation = self.selected_operation
        return operation.service if operation else None

    @property
    def selected_alert(self) -> AlertModel | None:
        """The alert under the cursor, on a screen that lists them."""
        return None

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor, when the list has the focus."""
        operations = self.query_one(OperationList)
        return operations.selected if operations.has_focus else None
