"""Cells that do what a key does when they are clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.style import Style

from widgets.panel import Panel

if TYPE_CHECKING:
    from textual import events
    from textual.content import Content

Model = TypeVar("Model")
ACTION = "vespera-action"
"""Marks the cells of an action; Textual's own @click would paint them as links."""


def clickable(content: Content, action: str) -> Content:
    """``content`` that runs the action of that id when it is clicked in a :class:`ClickPanel`."""
    return content.stylize(Style.from_meta({ACTION: action}))


class ClickPanel(Panel[Model]):
    """A panel with cells made by :func:`clickable`."""

    async def on_click(self, event: events.Click) -> None:
        """Do what stands under the mouse."""
        action = event.style.meta.get(ACTION)
        if action:
            await self.run_action(f"app.perform({action!r})")
