"""Alerts: what is wrong, what to do, and who knows of it already."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from widgets.models import AlertModel
from widgets.panel import Panel, spread
from widgets.safe_text import shorten
from widgets.words import age

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Size

ALERT_SIGNS = {"critical": ("✖", "bold $text-error"), "warning": ("▲", "$text-warning")}


class AlertList(Panel[tuple[AlertModel, ...]], can_focus=True):
    """A line an alert, with a cursor; the last line says how many are out of sight.

    Those that nobody took note of come first, of these the critical ones, then the oldest.
    """

    DEFAULT_CSS = "AlertList { height: auto; max-height: 3; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("up,k", "cursor(-1)", "Alert above"),
        ("down,j", "cursor(1)", "Alert below"),
    ]

    def __init__(self, model: tuple[AlertModel, ...], *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(_ordered(model), id=id)
        self._cursor = 0

    @property
    def selected(self) -> AlertModel | None:
        """The alert under the cursor; None without any."""
        return self.model[self._cursor] if self.model else None

    def show(self, model: tuple[AlertModel, ...]) -> None:
        """Show other alerts; the cursor keeps its alert while that is there."""
        held = self.selected
        ordered = _ordered(model)
        found = (index for index, alert in enumerate(ordered) if held and alert.id == held.id)
        self._cursor = next(found, max(min(self._cursor, len(ordered) - 1), 0))
        super().show(ordered)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """A line an alert; the maximum height cuts it."""
        return max(len(self.model), 1)

    def action_cursor(self, by: int) -> None:
        """Move the cursor by that many alerts."""
        self._move(self._cursor + by)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse clicked."""
        self._move(self._top(self.content_size.height) + event.y)

    def _move(self, to: int) -> None:
        self._cursor = max(0, min(to, len(self.model) - 1))
        self.refresh()

    def _top(self, room: int) -> int:
        """The first alert in sight, so that the one under the cursor is."""
        return max(self._cursor - max(room, 1) + 1, 0)

    def paint(self, model: tuple[AlertModel, ...], width: int, height: int) -> list[Content]:
        """Lines for the alerts that fit, or one that says there are none."""
        if not model:
            return [Content.assemble(("✓ no alerts", "$text-success"))]
        room = height or len(model)
        top = self._top(room)
        seen = model[top : top + room]
        hidden = len(model) - len(seen)
        return [
            _line(
                alert,
                width,
                hidden=hidden if alert is seen[-1] else 0,
                cursor=self.has_focus and top + index == self._cursor,
            )
            for index, alert in enumerate(seen)
        ]


def _ordered(alerts: tuple[AlertModel, ...]) -> tuple[AlertModel, ...]:
    return tuple(
        sorted(
            alerts,
            key=lambda each: (bool(each.acknowledged_by), each.severity != "critical", -each.age),
        )
    )


def _line(alert: AlertModel, width: int, *, hidden: int, cursor: bool) -> Content:
    sign, style = ALERT_SIGNS.get(alert.severity, ("?", "$text-warning"))
    style = "$text-muted" if alert.acknowledged_by else style
    known = f"✓ {shorten(alert.acknowledged_by, 12)} " if alert.acknowledged_by else ""
    known += "muted " if alert.muted else ""
    more = f" (+{hidden} more)" if hidden else ""
    tail = Content.assemble((f"{known}{age(alert.age)}{more}", "$text-muted"))
    text = shorten(f"{sign} {alert.message}", max(width - tail.cell_length - 1, 0))
    line = spread(Content.assemble((text, style)), tail, width)
    if not cursor:
        return line
    return line.pad_right(max(width - line.cell_length, 0)).stylize("bold on $primary-muted")
