"""What stands over everything in a terminal that is too small to show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from widgets.panel import Panel

if TYPE_CHECKING:
    from textual.geometry import Size


class TooSmall(Panel[tuple[int, int]]):
    """Says how many columns and rows are needed, the model, and how many there are."""

    DEFAULT_CSS = "TooSmall { width: 100%; height: 100%; }"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """All there is."""
        return container.height

    def paint(self, model: tuple[int, int], width: int, height: int) -> list[Content]:
        """In the middle, as much as fits."""
        lines = [
            Content.assemble(("The terminal is too small", "bold")),
            Content.assemble(("needed ", "$text-muted"), "{} x {}".format(*model)),
            Content.assemble(("here ", "$text-muted"), (f"{width} x {height}", "$text-warning")),
        ]
        above = [Content("")] * max((height - len(lines)) // 2, 0)
        return [*above, *(line.pad_left(max(width - line.cell_length, 0) // 2) for line in lines)]
