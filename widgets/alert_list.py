"""Alerts: what is wrong and what to do."""

from __future__ import annotations

from textual.content import Content

from widgets.models import AlertModel
from widgets.panel import Panel
from widgets.safe_text import shorten
from widgets.words import age


class AlertList(Panel[tuple[AlertModel, ...]]):
    """A line an alert, critical ones first; the last line says how many did not fit."""

    DEFAULT_CSS = "AlertList { height: auto; max-height: 3; padding: 0 1; }"

    def paint(self, model: tuple[AlertModel, ...], width: int, height: int) -> list[Content]:
        """Lines for the alerts, or one that says there are none."""
        if not model:
            return [Content.assemble(("✓ no alerts", "$text-success"))]
        ordered = sorted(model, key=lambda alert: (alert.severity != "critical", -alert.age))
        room = height or len(ordered)
        hidden = max(len(ordered) - room, 0)
        return [
            _line(alert, width, hidden if index == room - 1 else 0)
            for index, alert in enumerate(ordered[:room])
        ]


def _line(alert: AlertModel, width: int, hidden: int) -> Content:
    critical = alert.severity == "critical"
    symbol, style = ("✖", "bold $text-error") if critical else ("▲", "$text-warning")
    more = f" (+{hidden} more)" if hidden else ""
    tail = f" {age(alert.age)}{more}"
    text = shorten(f"{symbol} {alert.message}", max(width - len(tail), 0))
    return Content.assemble((text, style), (tail, "$text-muted"))
