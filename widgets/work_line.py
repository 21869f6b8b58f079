"""One line on every screen while long work is under way: how far, how quick, how long yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from widgets.clicks import ClickPanel, clickable
from widgets.panel import spread
from widgets.safe_text import shorten, visible
from widgets.words import bar, duration, pulse, rate

if TYPE_CHECKING:
    from widgets.models import KeyHint

BAR = 12
LEAST_TITLE = 12
"""Cells of the bar, and those that its title gets at least."""
SURE = 1.0
"""Seconds of work from which its rate says something."""


@dataclass(frozen=True, slots=True)
class WorkModel:
    """How far it is; a ``total`` of 0 is not known yet."""

    title: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    """Since it began."""
    unit: str = "tasks"
    stop: KeyHint | None = None
    """What stops it; None when that can't be."""


class WorkLine(ClickPanel[WorkModel | None]):
    """Not there while nothing is under way."""

    DEFAULT_CSS = """
    WorkLine { height: 1; display: none; padding: 0 1; background: $boost; }
    WorkLine.-at-work { display: block; }
    """

    def on_mount(self) -> None:
        """Be there at once with work that is under way."""
        self.set_class(self.model is not None, "-at-work")

    def show(self, model: WorkModel | None) -> None:
        """Show ``model``; no line without one."""
        self.set_class(model is not None, "-at-work")
        super().show(model)

    def paint(self, model: WorkModel | None, width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """The one line."""
        if model is None:
            return []
        stop = _stop(model.stop)
        left = width - stop.cell_length - 1
        if model.total <= 0:
            far = Content.assemble(*_somewhere(model))
        else:
            far = Content.assemble(*_far(model), *_speed(model))
        title = shorten(model.title, max(left - far.cell_length - 1, LEAST_TITLE))
        return [spread(Content.assemble((title, "bold"), " ", far), stop, width)]


def _somewhere(model: WorkModel) -> tuple[tuple[str, str], ...]:
    """A block that goes to and fro, and for how long."""
    before, block, after = pulse(model.seconds, BAR)
    muted = "$text-muted"
    since = f" {duration(model.seconds)}" if model.seconds >= SURE else ""
    return (before, muted), (block, "$text-success"), (after, muted), (since, muted)


def _far(model: WorkModel) -> tuple[tuple[str, str], ...]:
    share = min(model.done / model.total, 1.0)
    filled, empty = bar(share, BAR)
    unit = visible(model.unit, 20)
    numbers = f" {share:.0%} {model.done:,} of {model.total:,} {unit}"
    return (filled, "$text-success"), (empty, "$text-muted"), (numbers, "")


def _speed(model: WorkModel) -> tuple[tuple[str, str], ...]:
    """Nothing until there is enough to go by."""
    if model.seconds < SURE or not model.done:
        return ()
    speed = model.done / model.seconds
    left = max(model.total - model.done, 0) / speed
    return ((f"  {rate(speed)}  ≈{duration(left)} left", "$text-muted"),)


def _stop(hint: KeyHint | None) -> Content:
    if hint is None:
        return Content("")
    key, title = visible(hint.key, 20), visible(hint.title, 20)
    return clickable(Content.assemble((key, "bold $text-accent"), f" {title}"), hint.action)
