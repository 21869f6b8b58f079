"""The line above a list: how much it holds, what narrows it, what is selected."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from widgets.panel import Panel, spread
from widgets.safe_text import visible
from widgets.words import counted


@dataclass(frozen=True, slots=True)
class ListStatusModel:
    """One list in words."""

    noun: str = "rows"
    one: str = "row"
    """The noun for a single one."""
    total: int | None = None
    """How many match; None before the first answer."""
    nearest: bool = False
    """Whether more would match, and these are the nearest."""
    filter: str = ""
    """The words that narrow it."""
    stale: bool = False
    """Whether other words stand in the filter line, which are not understood."""
    order: str = ""
    chosen: int = 0
    everything: bool = False
    """Whether all that match are selected."""
    note: str = ""
    problem: str = ""


class ListStatus(Panel[ListStatusModel]):
    """Count, filter and order on the left, the selection on the right; a problem before all."""

    DEFAULT_CSS = "ListStatus { height: 1; padding: 0 1; }"

    def paint(self, model: ListStatusModel, width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """The one line."""
        if model.problem:
            text = Content.assemble((f"▲ {visible(model.problem, 400)}", "bold $text-error"))
            return [spread(text, Content.assemble(("asked again by itself", "$text-muted")), width)]
        if model.total is None:
            return [Content.assemble(("reading…", "$text-muted"))]
        left = Content.assemble(
            ("▲ not as the filter line says: still " if model.stale else "", "bold $text-error"),
            ("the nearest " if model.nearest else "", "bold"),
            (counted(model.total, visible(model.one, 40), visible(model.noun, 40)), "bold"),
            (f" that match {visible(model.filter, 200)}" if model.filter else "", ""),
            (f"  by {visible(model.order, 40)}" if model.order else "", "$text-muted"),
            (f"  {visible(model.note, 200)}" if model.note else "", "$text-muted"),
        )
        return [spread(left, _selection(model), width)]


def _selection(model: ListStatusModel) -> Content:
    if model.everything:
        which = "the nearest" if model.nearest else "all"
        return Content.assemble((f"▌ {which} {model.total:,} selected", "bold $text-accent"))
    if model.chosen:
        return Content.assemble((f"▌ {model.chosen:,} selected", "bold $text-accent"))
    return Content("")
