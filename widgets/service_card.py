"""A card a service."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.message import Message

from widgets.models import ServiceModel
from widgets.panel import Panel, spread
from widgets.safe_text import shorten, visible
from widgets.words import SERVICE_STATES, duration, rate, sparkline

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
        """Five lines in a compact card, six in a roomy one."""
        lines = [_title(model, width), _doing(model, width), _queue(model), _speed(model, width)]
        counts = _counts(model)
        if height >= COMPACT:
            lines.append(Content.assemble(counts))
            lines.append(_errors(model))
        else:
            lines.append(spread(counts, _errors(model, short=True), width))
        return lines


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


def _queue(model: ServiceModel) -> Content:
    return Content.assemble(
        *_number("run", model.running, "$text-success"),
        *_number("  due", model.available, "$text-primary"),
        *_number("  later", model.scheduled, ""),
        *_number("  failed", model.failed, "bold $text-error"),
    )


def _number(label: str, number: int, style: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"{label} ", "$text-muted"), (f"{number:,}", style if number else "$text-muted")


def _speed(model: ServiceModel, width: int) -> Content:
    average = duration(model.average_seconds) if model.completed else "-"
    tail = Content.assemble(f" {rate(model.rate)}", ("  avg ", "$text-muted"), average)
    line = sparkline(model.rates, max(width - tail.cell_length, 0))
    return Content.assemble((line, "$accent"), tail)


def _counts(model: ServiceModel) -> Content:
    return Content.assemble(
        *_number("done", model.completed, ""),
        *_number("  retried", model.retried, ""),
    )


def _errors(model: ServiceModel, *, short: bool = False) -> Content:
    label = "err/h" if short else "failures"
    if short:
        return Content.assemble(*_number(label, model.errors_last_hour, "bold $text-error"))
    return Content.assemble(
        *_number(label, model.failures, "$text-error"),
        *_number("  errors last hour", model.errors_last_hour, "bold $text-error"),
    )
