"""What an empty store shows instead of a list: the first things to do."""

from __future__ import annotations

from textual.content import Content

from widgets.clicks import ClickPanel, clickable
from widgets.models import KeyHint
from widgets.safe_text import visible

FIRST_STEPS = ("import", "create-task", "help")
"""Actions that get somebody further, by their ids."""


class EmptyState(ClickPanel[tuple[KeyHint, ...]]):
    """An invitation; keys and commands stand out, and keys can be clicked."""

    DEFAULT_CSS = "EmptyState { height: 1fr; padding: 1 2 0 2; }"

    def paint(self, model: tuple[KeyHint, ...], width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """The invitation."""
        lines = [Content.assemble(("Nothing here yet.", "bold")), Content("")]
        longest = max((len(visible(hint.key, 12)) for hint in model), default=0)
        for hint in sorted(model, key=lambda each: FIRST_STEPS.index(each.action)):
            why, text = visible(hint.unavailable, 200), f"  {visible(hint.help, 200)}"
            style = "strike $text-muted" if why else "bold $text-accent"
            key = (f"  {visible(hint.key, 12):<{longest}}", style)
            line = Content.assemble(key, text, (f"  {why}", "$text-muted"))
            lines.append(clickable(line, hint.action))
        command = ("vespera-tui import FILE", "bold $text-accent")
        return [*lines, Content(""), Content.assemble("Or in a shell:  ", command)]
