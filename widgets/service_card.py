"""A card a service."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.message import Message

from widgets.models import ServiceModel
from widgets.panel import Panel, spread
from widgets.safe_text import shorten, visible
from widgets.words import SERVICE_STATES, duration, rate, sparkline

Spans = tuple[tuple[str, str], ...]
"""Pieces of text with their styles."""

COMPACT = 6
"""Fewer lines than this make the card leave its second line of counts out."""


class ServiceCard(Panel[ServiceModel], can_focus=True):
    """State in symbol, word and reason; switch; queue; rate; counts; what it does now."""

    DEFAULT_CSS = """
    ServiceCard { height: 5; padding: 0 1; border-left: outer $secondary; }
    ServiceCard:focus { border-left: outer $accent; background: $boost; }
    """
    STATES: ClassVar[tuple[str, ...]] = ("running", "degraded", "failed", "disabled", "stopped")

    class Chosen(Message):
        """The card got the focus."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def show(self, model: ServiceModel) -> None:
        """Show ``model``, in the colour of its state."""
        super().show(model)
        for state in self.STATES:
            self.set_class(model.status == state, f"-{state}")

    def on_focus(self) -> None:
        """Tell the screen which service is under the cursor."""
        self.post_message(self.Chosen(self.model.name))

    def paint(self, model: ServiceModel, width: int, height: int) -> list[Content]:
        """Five lines in a compact card; six in a roomy one, which may be narrow."""
        head = [_title(model, width), _doing(model, width)]
        queue, failed = Content.assemble(*_queue(model)), Content.assemble(*_failed(model))
        speed, counts = _speed(model, width), Content.assemble(*_counts(model))
        errors = Content.assemble(*_errors(model))
        if height >= COMPACT:
            return [*head, queue, speed, counts, spread(failed, errors, width)]
        return [*head, spread(queue, failed, width), speed, spread(counts, errors, width)]


def _title(model: ServiceModel, width: int) -> Content:
    symbol, style = SERVICE_STATES.get(model.status, ("?", "$text-warning"))
    left = Content.assemble(
        (visible(model.title, 30), "bold"),
        " ",
        (f"{symbol} {visible(model.status, 20)}", f"bold {style}"),
    )
    switch = ("[on]", "$text-success") if model.enabled else ("[off]", "bold $text-warning")
    return spread(left, Content.assemble(switch), width)


def _doing(model: ServiceModel, width: int) -> Content:
    if model.reason:
        style = "$text-error" if model.status == "failed" else "$text-warning"
        return Content.assemble((shorten(model.reason, width), style))
    if model.activity:
        return Content(shorten(model.activity, width))
    return Content.assemble(("nothing to do", "$text-muted"))


def _queue(model: ServiceModel) -> Spans:
    return (
        *_number("run", model.running, "$text-success"),
        *_number("  due", model.available, "$text-primary"),
        *_number("  later", model.scheduled, ""),
    )


def _failed(model: ServiceModel) -> Spans:
    return _number("failed", model.failed, "bold $text-error")


def _number(label: str, number: int, style: str) -> Spans:
    return (f"{label} ", "$text-muted"), (f"{number:,}", style if number else "$text-muted")


def _speed(model: ServiceModel, width: int) -> Content:
    average = duration(model.average_seconds) if model.completed else "-"
    tail = Content.assemble(f" {rate(model.rate)}", ("  avg ", "$text-muted"), average)
    line = sparkline(model.rates, max(width - tail.cell_length, 0))
    return Content.assemble((line, "$accent"), tail)


def _counts(model: ServiceModel) -> Spans:
    return *_number("done", model.completed, ""), *_number("  retried", model.retried, "")


def _errors(model: ServiceModel) -> Spans:
    return _number("err/h", model.errors_last_hour, "bold $text-error")
