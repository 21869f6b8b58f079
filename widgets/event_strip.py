"""The event strip: who did what, newest first."""

from __future__ import annotations

from textual.content import Content

from widgets.models import EventModel
from widgets.panel import Panel
from widgets.safe_text import visible
from widgets.words import age


class EventStrip(Panel[tuple[EventModel, ...]]):
    """A line an event; takes the newest that fit."""

    DEFAULT_CSS = "EventStrip { height: 1fr; min-height: 1; padding: 0 1; }"

    def paint(self, model: tuple[EventModel, ...], width: int, height: int) -> list[Content]:
        """Lines for the newest events, newest first."""
        if not model:
            return [Content.assemble(("nothing has happened yet", "$text-muted"))]
        newest = sorted(model, key=lambda event: event.seq, reverse=True)[: max(height, 1)]
        return [_line(event, width) for event in newest]


def _line(event: EventModel, width: int) -> Content:
    line = Content.assemble(
        (f"{age(event.age):>3} ", "$text-muted"),
        (visible(event.actor, 20) or "engine", "$text-accent"),
        f" {visible(event.kind, 40)}",
        (f" {visible(event.subject, 60)}" if event.subject else "", "bold"),
        (f" {visible(event.message, 200)}" if event.message else "", "$text-muted"),
    )
    return line.truncate(max(width, 0), ellipsis=True)
