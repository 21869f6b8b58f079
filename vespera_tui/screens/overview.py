"""Screen 1: everything at a glance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical

from vespera_tui.aside import Aside
from vespera_tui.screens.base import DashboardScreen
from vespera_tui.snapshot import operation_line
from vespera_tui.throughput import SPANS, ThroughputQuestion
from widgets.alert_list import AlertList
from widgets.empty_state import EmptyState
from widgets.event_strip import EventStrip
from widgets.models import StoresModel
from widgets.operation_list import OperationList
from widgets.service_card import ServiceCard
from widgets.service_cards import ServiceCards
from widgets.stores_panel import StoresPanel
from widgets.throughput_chart import ThroughputChart, ThroughputModel

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.models import AlertModel, OperationModel


class OverviewScreen(DashboardScreen):
    """Cards, stores, alerts, events and the head of the queue."""

    AUTO_FOCUS: ClassVar[str | None] = ""  # the first card takes it when there is one
    place: ClassVar[str] = "overview"

    def body(self) -> ComposeResult:
        """From the most to the least summarised."""
        with Vertical(classes="body"):
            yield ServiceCards(id="cards")
            with Horizontal(id="middle"):
                yield StoresPanel(StoresModel(), id="stores")
                with Vertical(id="news"):
                    yield AlertList((), id="alerts")
                    yield EventStrip((), id="events")
            yield EmptyState((), id="empty")
            yield ThroughputChart(ThroughputModel(), id="throughput")
            yield OperationList(id="operations")

    def __init__(self) -> None:
        super().__init__()
        self._aside, self._span = Aside[ThroughputModel](self._ask), 0

    def _ask(self) -> None:
        self.post_message(self.Asked())

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._aside.stop()

    @property
    def question(self) -> ThroughputQuestion | None:
        """How much was done in the span that is shown, once the services are known."""
        names = self.service_names
        return ThroughputQuestion(SPANS[self._span], names, self._aside) if names else None

    def change_span(self, by: int) -> None:
        """Show a longer or shorter past."""
        self._span = max(0, min(self._span + by, len(SPANS) - 1))
        self._ask()

    def toggle_chart(self) -> None:
        """The chart in the place of the queue, or the queue again."""
        self.toggle_class("-chart")

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show ``snapshot`` in every part."""
        super().show(snapshot)
        self.query_one(ServiceCards).show(snapshot.services)
        self.query_one(StoresPanel).show(snapshot.stores)
        self.query_one(AlertList).show(snapshot.alerts)
        self.query_one(EventStrip).show(snapshot.events)
        self.query_one(OperationList).show(snapshot.operations)
        self.set_class(snapshot.empty, "-nothing")
        if isinstance(snapshot.answer, ThroughputModel):
            keys = f"{self.key_of('shorter')} {self.key_of('longer')} span"
            self.query_one(ThroughputChart).show(replace(snapshot.answer, keys=keys))
        if self.focused is None and snapshot.services:
            self.call_after_refresh(self._focus_first_card)

    def _focus_first_card(self) -> None:
        cards = self.query(ServiceCard)
        if self.focused is None and cards:
            cards.first().focus()

    @property
    def target(self) -> str:
        """A service on a card, an alert in their list, an operation in theirs."""
        kinds = {ServiceCard: "service", AlertList: "alert", OperationList: "operation"}
        return next((name for kind, name in kinds.items() if isinstance(self.focused, kind)), "")

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor, when the list has the focus."""
        operations = self.query_one(OperationList)
        return operations.selected if operations.has_focus else None

    @property
    def selected_alert(self) -> AlertModel | None:
        """The alert under the cursor, when their list has the focus."""
        alerts = self.query_one(AlertList)
        return alerts.selected if alerts.has_focus else None

    @property
    def selected_service(self) -> str | None:
        """The service whose card has the focus, else that of the operation under the cursor."""
        if isinstance(self.focused, ServiceCard):
            return self.focused.model.name
        return super().selected_service

    def copied(self) -> str:
        """The operation, the alert, or the state of the service."""
        if operation := self.selected_operation:
            return operation_line(operation)
        if alert := self.selected_alert:
            return alert.message
        if isinstance(self.focused, ServiceCard):
            service = self.focused.model
            return f"{service.name} {service.status} {service.reason}".strip()
        return ""
