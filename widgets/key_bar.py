"""The bottom line: the keys that matter here."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.style import Style

from widgets.models import KeyHint
from widgets.panel import Panel


class KeyBar(Panel[tuple[KeyHint, ...]]):
    """Keys with short titles, as many as fit, in the order given; each can be clicked."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; background: $panel; padding: 0 1; }"

    def paint(self, model: tuple[KeyHint, ...], width: int, height: int) -> list[Content]:
        """The one line."""
        line, used = Content(""), 0
        for hint in model:
            needed = cell_len(hint.key) + cell_len(hint.title) + 1
            if used + needed + bool(used) > width:
                break
            style = "bold $text-error" if hint.danger else "bold $text-accent"
            item = Content.assemble((hint.key, style), f" {hint.title}")
            click = Style.from_meta({"@click": f"app.perform({hint.action!r})"})
            line = Content.assemble(line, " " if used else "", item.stylize(click))
            used += needed + bool(used)
        return [line]
