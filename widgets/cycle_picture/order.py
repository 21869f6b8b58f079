"""The order of work after the cut as a list, where there is room beside the picture."""

from __future__ import annotations

from textual.content import Content

from widgets.cycle_picture.advice import AdviceModel, order_after
from widgets.cycle_picture.glyphs import ASCII, UNICODE
from widgets.panel import Panel
from widgets.safe_text import shorten, visible

MOST_ORDERED = 200
"""Tasks up to which the order is found while the screen waits, when nobody found it before."""


class OrderPane(Panel[AdviceModel]):
    """A line a task with its number in the picture, id and title, the first to be done on top."""

    DEFAULT_CSS = "OrderPane { height: 1fr; padding: 0 1; }"

    def paint(self, model: AdviceModel, width: int, height: int) -> list[Content]:
        """As many as fit, and how many more there are."""
        cycle, order = model.cycle, model.order
        if not cycle.tasks or (order is None and len(cycle.tasks) > MOST_ORDERED):
            return []
        order = order or order_after(cycle)
        show = (ASCII if model.ascii_only else UNICODE).show
        title = "Order after the cut" if cycle.cuts else "Order as it is"
        lines = [Content.assemble((title, "bold $text-primary"))]
        room = max(height - 1, 0)
        shown = order.tasks if len(order.tasks) <= room else order.tasks[: max(room - 1, 0)]
        for task in shown:
            number, known = cycle.number(task), cycle.tasks[task]
            text = shorten(show(f" {visible(known.title, 200)}"), max(width - 6, 0))
            lines.append(
                Content.assemble(
                    (f"{number:>4} ", "bold"), (visible(known.id, 40), "$text-accent"), text
                )
            )
        if more := len(order.tasks) - len(shown):
            lines.append(Content.assemble((show(f"     … {more:,} more"), "$text-muted")))
        elif order.stuck:
            lines.append(Content.assemble((f"     {order.stuck:,} have no place", "$text-muted")))
        return lines
