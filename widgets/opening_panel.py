"""What the screen shows while the engine opens, fails to open, or stops."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from widgets.panel import Panel
from widgets.safe_text import visible


@dataclass(frozen=True, slots=True)
class OpeningModel:
    """Steps so far, and how it ended if it did."""

    title: str = "opening..."
    steps: tuple[str, ...] = ()
    error: str = ""
    advice: str = ""
    """What to do about the error."""


class OpeningPanel(Panel[OpeningModel]):
    """A title and a line a step; the error and what to do when opening failed."""

    DEFAULT_CSS = "OpeningPanel { height: 1fr; padding: 1 3; }"

    def paint(self, model: OpeningModel, width: int, height: int) -> list[Content]:
        """Title, the steps that fit, error and advice (wrapped by the terminal's width)."""
        lines = [Content.assemble((visible(model.title, 200), "bold $text-primary")), Content("")]
        room = max(height - 7, 1) if height else len(model.steps)
        steps = model.steps[-room:]
        for index, step in enumerate(steps):
            last = index == len(steps) - 1
            symbol, style = ("▸", "") if last and not model.error else ("✓", "$text-muted")
            if last and model.error:
                symbol, style = "✖", "$text-error"
            lines.append(Content.assemble((f"{symbol} {visible(step, max(width - 2, 0))}", style)))
        if model.error:
            lines += _failure(model, width)
        return lines


def _failure(model: OpeningModel, width: int) -> list[Content]:
    error = Content.assemble((visible(model.error, 1000), "bold $text-error"))
    advice = Content.assemble((visible(model.advice, 1000), ""))
    keys = Content.assemble(("q", "bold $text-accent"), " quits")
    wrapped = [*error.wrap(max(width, 1)), *advice.wrap(max(width, 1))]
    return [Content(""), *wrapped, Content(""), keys]
