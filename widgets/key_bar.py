"""The bottom line: the keys that matter here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from widgets.models import KeyHint
from widgets.panel import Panel
from widgets.safe_text import visible

if TYPE_CHECKING:
    from textual import events

ACTION = "vespera-action"
"""Marks the cells of a key; Textual's own @click would paint them as links."""


class KeyBar(Panel[tuple[KeyHint, ...]]):
    """Keys with short titles, as many as fit, in the order given; each can be clicked."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; background: $panel; padding: 0 1; }"

    def paint(self, model: tuple[KeyHint, ...], width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """The one line."""
        line, used = Content(""), 0
        for hint in model:
            key, title = visible(hint.key, 20), visible(hint.title, 40)
            needed = cell_len(key) + cell_len(title) + 1
            if used + needed + bool(used) > width:
                break
            style = "bold $text-error" if hint.danger else "bold $text-accent"
            item = Content.assemble((key, style), f" {title}")
            click = Style.from_meta({ACTION: hint.action})
            line = Content.assemble(line, " " if used else "", item.stylize(click))
            used += needed + bool(used)
        return [line]

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does."""
        action = event.style.meta.get(ACTION)
        if action:
            await self.run_action(f"app.perform({action!r})")
