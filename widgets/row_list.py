"""A list painted line by line, so that its cost is that of what is visible, however long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.columns import Column, needed, widths
from widgets.safe_text import fit

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from rich.style import Style
    from textual import events
    from textual.binding import BindingType

HEADING = 1
"""Lines of the heading, which does not scroll."""
MARK = 1
"""Cells for the sign of what is selected."""
FAINT = ("muted", "secondary")
"""Tones that can not be read on the cursor's colour."""
TONES = ("primary", "secondary", "success", "warning", "error", "accent", "muted")


class Row(Protocol):
    """What a line shows; equal ones are not painted again."""

    @property
    def id(self) -> Any:
        """What the cursor and the selection hold on to."""


RowT = TypeVar("RowT", bound=Row)


class RowList(ScrollView, Generic[RowT], can_focus=True):
    """Rows under a heading, with a cursor that stays on its row as the list moves.

    It holds a window of a longer list: :class:`Wanted` asks for another part of it. Subclasses
    set ``COLUMNS``.
    """

    COLUMNS: ClassVar[tuple[Column[Any], ...]] = ()
    DEFAULT_CSS = """
    RowList { height: 1fr; min-height: 3; overflow-x: hidden; scrollbar-size-vertical: 1; }
    RowList > .rows--heading { text-style: bold; color: $text-muted; background: $panel; }
    RowList > .rows--cursor { background: $primary-muted; text-style: bold; }
    RowList > .rows--chosen { background: $boost; }
    RowList > .rows--primary { color: $text-primary; }
    RowList > .rows--secondary { color: $text-secondary; }
    RowList > .rows--success { color: $text-success; }
    RowList > .rows--warning { color: $text-warning; }
    RowList > .rows--error { color: $text-error; text-style: bold; }
    RowList > .rows--accent { color: $text-accent; }
    RowList > .rows--muted { color: $text-muted; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--heading",
        "rows--cursor",
        "rows--chosen",
        *(f"rows--{tone}" for tone in TONES),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        ("up,k", "cursor(-1)", "Line above"),
        ("down,j", "cursor(1)", "Line below"),
        ("pageup", "page(-1)", "Page up"),
        ("pagedown", "page(1)", "Page down"),
        ("home", "cursor(-1000000000)", "First line"),
        ("end", "cursor(1000000000)", "Last line"),
    ]

    class Wanted(Message):
        """Lines from ``first`` on are in sight that the list does not hold."""

        def __init__(self, first: int) -> None:
            super().__init__()
            self.first = first

    class Moved(Message):
        """The cursor is on another row."""

    class SortBy(Message):
        """The heading of a column was clicked."""

        def __init__(self, sort: str) -> None:
            super().__init__()
            self.sort = sort

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._rows: tuple[RowT, ...] = ()
        self._first, self._total, self._cursor = 0, 0, 0
        self._chosen: set[Hashable] = set()
        self._everything = False
        self._order: tuple[str, bool] = ("", False)
        self._longest = [0] * len(self.COLUMNS)
        """Cells that texts of this list took; they only grow, so that columns do not jump."""

    # What is under the cursor, and what is selected

    @property
    def selected(self) -> RowT | None:
        """The row under the cursor; None in an empty list."""
        return self._row_at(self._cursor)

    @property
    def rows(self) -> tuple[RowT, ...]:
        """The rows it holds."""
        return self._rows

    @property
    def total(self) -> int:
        """How long the whole list is."""
        return self._total

    @property
    def at_end(self) -> bool:
        """Whether the cursor is on the last row, or there is none."""
        return self._cursor >= self._total - 1

    @property
    def chosen(self) -> tuple[Any, ...]:
        """The ids that were selected by hand, sorted."""
        return tuple(sorted(self._chosen))

    @property
    def everything(self) -> bool:
        """Whether all that the filter matches is selected, out of sight too."""
        return self._everything

    def toggle(self) -> None:
        """Select the row under the cursor, or no longer; then move on."""
        if (row := self.selected) is None:
            return
        if self._everything:
            self.choose()
        self._chosen ^= {row.id}
        self._repaint((self._cursor,))
        self._move(self._cursor + 1)

    def choose_everything(self) -> None:
        """Select all that the list stands for."""
        self._chosen.clear()
        self._everything = self._total > 0
        self.refresh()

    def choose(self, *ids: Hashable) -> None:
        """Select these by hand, and no others."""
        self._everything, self._chosen = False, set(ids)
        self.refresh()

    def unchoose(self, *ids: Hashable) -> None:
        """Take ``ids`` out of the selection; all of it without any."""
        self._chosen.difference_update(ids or set(self._chosen))
        self._everything = self._everything and bool(ids)
        self.refresh()

    # Showing

    def show(self, rows: Sequence[RowT], *, total: int | None = None, first: int = 0) -> None:
        """Show ``rows``, which start at ``first`` of ``total``; only changed lines are painted."""
        old, old_first, held, before = self._rows, self._first, self.selected, self._cursor
        self._rows, self._first = tuple(rows), first
        length = self._total
        self._total = first + len(rows) if total is None else total
        self._everything = self._everything and self._total > 0
        self._cursor = self._find(held, before)
        grown = self._rows is not old and self._grow()
        if grown or length != self._total or old_first != first or len(old) != len(self._rows):
            self.virtual_size = Size(self.size.width, self._total + HEADING)
            self.refresh()
        else:
            pairs = enumerate(zip(old, self._rows, strict=True))
            self._repaint([first + index for index, (was, now) in pairs if was != now])
            if before != self._cursor:
                self._repaint((before, self._cursor))
        now_held = self.selected
        if (held and held.id) != (now_held and now_held.id):
            self.post_message(self.Moved())

    def show_order(self, sort: str, *, descending: bool) -> None:
        """Mark the column that the list is sorted by."""
        if self._order != (sort, descending):
            self._order = (sort, descending)
            self.refresh()

    def _grow(self) -> bool:
        """Whether a text is longer than all before."""
        longest = list(map(max, self._longest, needed(self.COLUMNS, self._rows)))
        grown, self._longest = longest != self._longest, longest
        return grown

    def _row_at(self, index: int) -> RowT | None:
        inside = index - self._first
        return self._rows[inside] if 0 <= inside < len(self._rows) else None

    def _find(self, held: RowT | None, otherwise: int) -> int:
        if held is not None:
            for index, row in enumerate(self._rows):
                if row.id == held.id:
                    return self._first + index
        return max(0, min(otherwise, self._total - 1))

    def _repaint(self, indices: Sequence[int]) -> None:
        top, width = self.scroll_offset.y, self.size.width
        for index in set(indices):
            line = index - top + HEADING
            if HEADING <= line < self.size.height:
                self.refresh(Region(0, line, width, 1))

    def on_resize(self) -> None:
        """Follow the width, and keep the cursor in sight."""
        self.virtual_size = Size(self.size.width, self._total + HEADING)
        self._reveal()
        self._ask_for_what_is_in_sight()

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Ask for rows that came into sight and are not here."""
        super().watch_scroll_y(old, new)
        self._ask_for_what_is_in_sight()

    def _ask_for_what_is_in_sight(self) -> None:
        top = self.scroll_offset.y
        bottom = min(top + self._page, self._total)
        if top < self._first or bottom > self._first + len(self._rows):
            self.post_message(self.Wanted(top))

    # Moving

    @property
    def _page(self) -> int:
        return max(self.size.height - HEADING, 1)

    def action_cursor(self, by: int) -> None:
        """Move the cursor by that many rows."""
        self._move(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by that many pages."""
        self._move(self._cursor + by * self._page)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse clicked; on the heading, sort."""
        if event.y >= HEADING:
            self._move(event.y - HEADING + self.scroll_offset.y)
        elif sort := self._sort_at(event.x):
            self.post_message(self.SortBy(sort))

    def _sort_at(self, x: int) -> str:
        right = MARK
        rooms = self._widths(self.scrollable_content_region.width)  # beside a scroll bar
        for column, room in zip(self.COLUMNS, rooms, strict=True):
            right += room + bool(room)
            if room and x < right:
                return column.sort
        return ""

    def _move(self, to: int) -> None:
        before = self._cursor
        self._cursor = max(0, min(to, self._total - 1))
        self._reveal()
        self._repaint((before, self._cursor))
        if before != self._cursor:
            self.post_message(self.Moved())

    def _reveal(self) -> None:
        """Scroll to the cursor, unless it is in sight."""
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + self._page:
            self.scroll_to(y=self._cursor - self._page + 1, animate=False, force=True)

    # Painting

    def _widths(self, width: int) -> list[int]:
        return widths(self.COLUMNS, width - MARK, self._longest)

    def render_line(self, y: int) -> Strip:
        """Line ``y`` of the widget: the heading, a row, or nothing."""
        width, base = self.scrollable_content_region.width, self.rich_style  # beside a scroll bar
        if y < HEADING:
            return self._heading(width, base + self._part("heading"))
        index = y - HEADING + self.scroll_offset.y
        if index >= self._total:
            return Strip.blank(width, base)
        row = self._row_at(index)
        if row is None:  # asked for, and on its way
            return Strip([Segment(" …", base + self._part("muted"))]).adjust_cell_length(
                width, base
            )
        return self._line(row, width, base, cursor=index == self._cursor)

    def _heading(self, width: int, style: Style) -> Strip:
        sort, descending = self._order
        texts = [" " * MARK]
        for column, room in zip(self.COLUMNS, self._widths(width), strict=True):
            sign = ("▼" if descending else "▲") if column.sort and column.sort == sort else ""
            if room:
                texts.append(column.cell(f"{column.title}{sign}", room) + " ")
        return Strip([Segment(fit("".join(texts).rstrip(), width), style)], width)

    def _line(self, row: RowT, width: int, base: Style, *, cursor: bool) -> Strip:
        chosen = self._everything or row.id in self._chosen
        if chosen:
            base += self._part("chosen")
        lit = cursor and self.has_focus
        if lit:
            base += self._part("cursor")
        plain = self.app.current_theme.ansi  # whose cursor is one of the sixteen colours
        segments = [Segment("▌" if chosen else " ", base + self._part("accent"))]
        for column, room in zip(self.COLUMNS, self._widths(width), strict=True):
            if not room:
                continue
            tone = column.tone(row)
            tone = "" if lit and (plain or tone in FAINT) else tone
            style = base + self._part(tone) if tone else base
            segments += [Segment(column.cell(column.text(row), room), style), Segment(" ", base)]
        return Strip(segments).adjust_cell_length(width, base)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"rows--{name}", partial=True)

    def on_focus(self) -> None:
        """Show the cursor."""
        self._repaint((self._cursor,))

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._repaint((self._cursor,))
