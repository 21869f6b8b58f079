"""A screen around one list: a line about it, the list, details beside it, a filter below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container, Vertical

from engine.errors import InvalidInputError
from vespera_tui.screens.base import DashboardScreen
from widgets.filter_line import FilterLine
from widgets.list_status import ListStatus, ListStatusModel
from widgets.row_list import RowList
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.text_pane import Line

PAGE = 200
"""Rows that are held of a list."""


class ListScreen(DashboardScreen):
    """Subclasses say which list, what its filter means, and what is known of a row."""

    AUTO_FOCUS: ClassVar[str | None] = "RowList"
    noun: ClassVar[str] = "rows"
    one: ClassVar[str] = "row"
    has_details: ClassVar[bool] = True
    largest_first: ClassVar[frozenset[str]] = frozenset()
    """Orders that begin with the largest, unless they are turned round."""
    few: ClassVar[bool] = False
    """Whether it holds few rows as a rule, which leave room below for the details."""

    def __init__(self) -> None:
        super().__init__()
        self._filter = self._note = self._problem = ""
        self._first = 0
        self._nearest = False
        self._details_of: object = None
        self._order: tuple[str, bool] = ("", False)
        self._status = ListStatusModel(self.noun, self.one)

    def make_list(self) -> RowList[Any]:
        """The list."""
        raise NotImplementedError

    def body(self) -> ComposeResult:
        """The line about the list, the list, the details."""
        with Vertical(classes="body"):
            yield ListStatus(self._status, id="status")
            with Container(id="split", classes="-few" if self.few else ""):
                yield self.make_list()
                yield TextPane(id="details")

    @property
    def main_list(self) -> RowList[Any]:
        """The list that filter, selection and order are about."""
        return self.query_one(RowList)

    # Showing

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show the answer, unless it is one to an older question."""
        super().show(snapshot)
        if snapshot.question == self.question:
            if snapshot.answer is not None:
                self.show_answer(snapshot.answer)
            self.tell(problem=snapshot.answer_problem)

    def show_answer(self, answer: Any) -> None:
        """Show what was asked for."""
        raise NotImplementedError

    def show_rows(self, rows: Sequence[Any], total: int | None = None, first: int = 0) -> None:
        """Show rows in the list."""
        self.main_list.show(rows, total=total, first=first)

    def tell(self, **changes: Any) -> None:
        """Bring the line above the list up to date."""
        rows = self.main_list
        self._note = changes.pop("note", self._note)
        hint = ""
        if rows.total == 0:
            hint = "esc in the filter line drops the filter"
            if not self._filter:
                hint = "" if self._note else self.invitation()
        known = {
            "filter": self._filter,
            "order": self._order_in_words(),
            "chosen": len(rows.chosen),
            "everything": rows.everything,
            "total": rows.total,
            "nearest": self._nearest,
            "stale": bool(self._problem),
            "note": "; ".join(part for part in (hint, self._note) if part),
        }
        self._status = ListStatusModel(self.noun, self.one, **{**known, **changes})
        self.query_one(ListStatus).show(self._status)

    def _order_in_words(self) -> str:
        sort, descending = self._order
        return f"{sort or 'own order'} {'▼' if descending else '▲'}" if sort or descending else ""

    def invitation(self) -> str:
        """What an empty list says, when no filter empties it."""
        return ""

    def copied(self) -> str:
        """All that is known of the row under the cursor."""
        return self.query_one(TextPane).plain.strip()

    def show_details(self, lines: Sequence[Line], of: object = None) -> None:
        """Show what is known of the row under the cursor; ``of`` is its id."""
        self._details_of = of
        self.query_one(TextPane).show(lines)

    def drop_details(self) -> None:
        """Show nothing that is known of another row than the one under the cursor."""
        row = self.main_list.selected
        if row is None or row.id != self._details_of:
            self.show_details(())

    def toggle_details(self) -> None:
        """Open or close the details; where there is room they are open by themselves."""
        split, pane = self.query_one("#split"), self.query_one(TextPane)
        is_open = bool(pane.display) and pane.size.width > 0
        split.set_class(not is_open, "-open")
        split.set_class(is_open, "-closed")
        if is_open and pane.has_focus:
            self.main_list.focus()

    # The filter

    def read_filter(self, line: str) -> None:
        """Take over what ``line`` means. Raises InvalidInputError."""
        raise NotImplementedError

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        """Narrow the list while somebody types."""
        self._problem = ""
        self.main_list.unchoose()
        try:
            self.read_filter(event.text)
        except InvalidInputError as error:
            self._problem = str(error)
            self.tell()
        else:
            self._filter, self._first = event.text.strip(), 0
            self.ask()
        self.query_one(FilterLine).tell_problem(self._problem)

    @property
    def filter_problem(self) -> str:
        """What is wrong with the words in the filter line; the list is that of those before."""
        return self._problem

    def on_filter_line_left(self) -> None:
        """Go back to the list."""
        self.main_list.focus()

    # The list

    def ask(self) -> None:
        """Have the question answered now."""
        self.post_message(self.Asked())

    def selection_changed(self) -> None:
        """Say how much is selected."""
        self.tell()

    def on_row_list_wanted(self, event: RowList.Wanted) -> None:
        """Fetch the part of the list that came into sight."""
        first = max(event.first - PAGE // 4, 0)
        if first != self._first:
            self._first = first
            self.ask()

    def on_row_list_moved(self) -> None:
        """Show what is known of the row the cursor is on now."""
        self.cursor_moved()

    def cursor_moved(self) -> None:
        """The cursor is on another row."""

    def on_row_list_sort_by(self, event: RowList.SortBy) -> None:
        """Sort by the heading that was clicked; by the same again: the other way round."""
        if event.sort == self._order[0]:
            self.reverse_order()
        else:
            self._sort_first(event.sort)

    def sort_by_next(self) -> None:
        """Sort by the next column; after the last in the list's own order."""
        sorts = ["", *(each.sort for each in self.main_list.COLUMNS if each.sort)]
        self._sort_first(sorts[(sorts.index(self._order[0]) + 1) % len(sorts)])

    def reverse_order(self) -> None:
        """Turn the order round."""
        self._sort(self._order[0], descending=not self._order[1])

    def _sort_first(self, sort: str) -> None:
        self._sort(sort, descending=sort in self.largest_first)

    def _sort(self, sort: str, *, descending: bool) -> None:
        self._order, self._first = (sort, descending), 0
        self.main_list.show_order(sort, descending=descending)
        self.tell()
        self.ask()
