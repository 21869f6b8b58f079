"""The queue as a list: painted line by line, so its cost is that of what is visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.operation_columns import COLUMNS, cells, titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType

    from widgets.models import OperationModel

HEADING = 1
"""Lines of the heading, which does not scroll."""


class OperationList(ScrollView, can_focus=True):
    """Operations under a heading, with a cursor that stays on its operation as the list moves."""

    DEFAULT_CSS = """
    OperationList { height: 1fr; min-height: 3; overflow-x: hidden; }
    OperationList > .operations--heading {
        text-style: bold; color: $text-muted; background: $panel;
    }
    OperationList > .operations--cursor { background: $primary-muted; text-style: bold; }
    OperationList > .operations--running { color: $text-success; }
    OperationList > .operations--available { color: $text-primary; }
    OperationList > .operations--scheduled { color: $text-secondary; }
    OperationList > .operations--completed { color: $text-muted; }
    OperationList > .operations--cancelled { color: $text-muted; }
    OperationList > .operations--failed { color: $text-error; text-style: bold; }
    OperationList > .operations--late { color: $text-warning; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "operations--heading",
        "operations--cursor",
        "operations--running",
        "operations--available",
        "operations--scheduled",
        "operations--completed",
        "operations--cancelled",
        "operations--failed",
        "operations--late",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        ("up", "cursor(-1)", "Operation above"),
        ("down", "cursor(1)", "Operation below"),
        ("pageup", "page(-1)", "Page up"),
        ("pagedown", "page(1)", "Page down"),
        ("home", "cursor(-1000000)", "First operation"),
        ("end", "cursor(1000000)", "Last operation"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._rows: tuple[OperationModel, ...] = ()
        self._cursor = 0

    @property
    def selected(self) -> OperationModel | None:
        """The operation under the cursor; None in an empty list."""
        return self._rows[self._cursor] if self._rows else None

    def show(self, rows: Sequence[OperationModel]) -> None:
        """Show ``rows``; only lines that changed are painted, the cursor keeps its operation."""
        old, held = self._rows, self.selected
        self._rows = tuple(rows)
        before = self._cursor
        self._cursor = self._find(held, before)
        if len(old) != len(self._rows):
            self.virtual_size = Size(self.size.width, len(self._rows) + HEADING)
            self.refresh()
            return
        changed = [
            index for index, pair in enumerate(zip(old, rows, strict=True)) if pair[0] != pair[1]
        ]
        if before != self._cursor:
            changed += [before, self._cursor]
        self._repaint(changed)

    def _find(self, held: OperationModel | None, otherwise: int) -> int:
        if held is not None:
            for index, row in enumerate(self._rows):
                if row.id == held.id:
                    return index
        return max(0, min(otherwise, len(self._rows) - 1))

    def _repaint(self, indices: Sequence[int]) -> None:
        top, width = self.scroll_offset.y, self.size.width
        for index in set(indices):
            line = index - top + HEADING
            if HEADING <= line < self.size.height:
                self.refresh(Region(0, line, width, 1))

    def on_resize(self) -> None:
        """Follow the width."""
        self.virtual_size = Size(self.size.width, len(self._rows) + HEADING)

    def action_cursor(self, by: int) -> None:
        """Move the cursor by that many operations."""
        self._move(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by that many pages."""
        self._move(self._cursor + by * max(self.size.height - HEADING, 1))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse clicked."""
        if event.y >= HEADING:
            self._move(event.y - HEADING + self.scroll_offset.y)

    def _move(self, to: int) -> None:
        before = self._cursor
        self._cursor = max(0, min(to, len(self._rows) - 1))
        page = max(self.size.height - HEADING, 1)
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + page:
            self.scroll_to(y=self._cursor - page + 1, animate=False)
        self._repaint((before, self._cursor))

    def render_line(self, y: int) -> Strip:
        """Line ``y`` of the widget: the heading, an operation, or nothing."""
        width, base = self.scrollable_content_region.width, self.rich_style  # beside a scroll bar
        if y < HEADING:
            style = base + self.get_component_rich_style("operations--heading")
            return Strip([Segment(titles(width), style)], width)
        index = y - HEADING + self.scroll_offset.y
        if index >= len(self._rows):
            return Strip.blank(width, base)
        return self._row(self._rows[index], width, base, cursor=index == self._cursor)

    def _row(self, row: OperationModel, width: int, base: Style, *, cursor: bool) -> Strip:
        if cursor and self.has_focus:
            base += self.get_component_rich_style("operations--cursor", partial=True)
        segments: list[Segment] = []
        for column, text in zip(COLUMNS, cells(row, width), strict=True):
            segments.append(Segment(text, base + self._colour(column.tone(row))))
            segments.append(Segment(" ", base))
        return Strip(segments).adjust_cell_length(width, base)

    def _colour(self, tone: str) -> Style:
        name = f"operations--{tone}"
        known = name in self.COMPONENT_CLASSES
        return self.get_component_rich_style(name, partial=True) if known else Style.null()

    def on_focus(self) -> None:
        """Show the cursor."""
        self._repaint((self._cursor,))

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._repaint((self._cursor,))
