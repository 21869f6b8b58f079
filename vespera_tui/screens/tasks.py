"""Screen 5: the tasks, found by words and by meaning; one of them in full."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container, Vertical

from engine.task_views import LARGEST_PAGE, READINESS, TasksQuery
from engine.tasks import STATUSES
from vespera_tui.filters import TASK_WORDS, task_filter
from vespera_tui.local_time import iso
from vespera_tui.pages import all_rows
from vespera_tui.screens.listing import PAGE, ListScreen
from vespera_tui.task_bulk import check_number
from vespera_tui.task_question import Asides, TasksAnswer, TasksQuestion
from widgets.empty_state import EmptyState
from widgets.filter_line import FilterLine
from widgets.list_status import ListStatus
from widgets.task_list import TaskList
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.app import ComposeResult

    from engine.api import EngineAPI
    from engine.task_views import TaskRow
    from vespera_tui.snapshot import DashboardSnapshot

MOST_EXPORTED = 10_000
HEADS = (
    "id", "title", "status", "readiness", "waits_for", "priority", "project", "assignee",
    "created_at",
)  # fmt: skip


class TasksScreen(ListScreen):
    """The list, narrowed by the filter line; details of the task under the cursor."""

    place: ClassVar[str] = "tasks"
    noun: ClassVar[str] = "tasks"
    one: ClassVar[str] = "task"
    filter_words: ClassVar[tuple[tuple[str, str], ...]] = TASK_WORDS
    selects: ClassVar[bool] = True
    sorts: ClassVar[bool] = True
    has_table: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._query, self._words = TasksQuery(limit=PAGE), ""
        self._asides = Asides(self.ask)
        self._seen: dict[str, set[str]] = {"project": set(), "assignee": set()}

    def body(self) -> ComposeResult:
        """The list and the details, or an invitation while the store is empty."""
        with Vertical(classes="body"):
            yield ListStatus(self._status, id="status")
            yield EmptyState((), id="no-tasks")
            with Container(id="split"):
                yield self.make_list()
                yield TextPane(id="details")

    def make_list(self) -> TaskList:
        """The tasks."""
        return TaskList(id="tasks")

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._asides.stop()

    @property
    def question(self) -> TasksQuestion:
        """The part in sight, in the order wanted, and the task under the cursor."""
        sort, descending = self._order
        part = replace(self._query, sort=sort, descending=descending, offset=self._first)
        row = self.query_one(TaskList).selected if self.is_mounted else None
        typing = self.is_mounted and self.query_one(FilterLine).has_focus_within
        return TasksQuestion(part, self._words, row.id if row else None, self._asides, typing)

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show the answer; one to another cursor still has the right rows."""
        self.set_class(not snapshot.stores.tasks, "-no-tasks")
        asked, mine = snapshot.question, self.question
        if isinstance(asked, TasksQuestion) and (asked.query, asked.words) == (
            mine.query,
            mine.words,
        ):
            snapshot = replace(snapshot, question=mine)
        super().show(snapshot)

    def show_answer(self, answer: TasksAnswer) -> None:
        """Show the part of the list, how it was found, and the task under the cursor."""
        self.show_rows(answer.rows, answer.total, answer.first)
        for name, values in self._seen.items():
            values.update(value for row in answer.rows if (value := getattr(row, name)))
        if answer.task_id == self.selected_task:
            self.show_details(answer.lines, answer.task_id)
        self._nearest = answer.nearest
        self.tell(note=answer.note)

    def cursor_moved(self) -> None:
        """Ask for the task the cursor is on now; what is known of another is gone."""
        self.drop_details()
        self.ask()

    @property
    def filter_values(self) -> Mapping[str, Iterable[str]]:
        """Readiness, the statuses, and the projects and people of the tasks that were shown."""
        seen = {name: sorted(values) for name, values in self._seen.items()}
        return {"is": READINESS, "status": STATUSES, **seen}

    def read_filter(self, line: str) -> None:
        """Take over what ``line`` means. Raises InvalidInputError."""
        query, self._words = task_filter(line)
        self._query = replace(query, limit=PAGE)

    @property
    def target(self) -> str:
        """A task, in the list and beside it, when there is one."""
        return "task" if self.selected_task else ""

    async def meant_tasks(self, engine: EngineAPI) -> tuple[Sequence[str], str] | None:
        """Those selected by hand, or all that match; None when it is the one under the cursor.

        Raises InvalidInputError when too many match.
        """
        rows = self.query_one(TaskList)
        if rows.chosen:
            return rows.chosen, f"of the {len(rows.chosen):,} selected"
        if not rows.everything:
            return None
        if self._words:
            return tuple(row.id for row in rows.rows), self._found
        check_number(rows.total)
        found = await self._all_rows(engine, rows.total)
        return tuple(row.task.id for row in found), "of all that match"

    async def _all_rows(self, engine: EngineAPI | None, most: int) -> list[TaskRow]:
        if engine is None:
            return []
        query = replace(self.question.query, limit=LARGEST_PAGE)
        return await all_rows(engine.tasks_page, query, most, lambda row: row.task.id)

    @property
    def _found(self) -> str:
        """What the tasks of a search are, behind their number."""
        return "that are nearest to the words" if self._nearest else "that the search found"

    @property
    def selected_task(self) -> str | None:
        """The id of the task under the cursor."""
        row = self.query_one(TaskList).selected
        return row.id if row else None

    async def table(
        self, engine: EngineAPI | None
    ) -> tuple[Sequence[str], Sequence[Sequence[object]], str]:
        """All that match, in the order shown, up to a limit; of a search, those in sight."""
        if self._words:
            shown = [
                (row.id, row.title, row.status, row.readiness, row.waits_for, row.priority,
                 row.project, row.assignee, "")
                for row in self.query_one(TaskList).rows
            ]  # fmt: skip
            return HEADS, shown, f"{len(shown):,} {self._found}"
        total = self.main_list.total
        rows = [
            (row.task.id, row.task.title, row.task.status, row.readiness, row.waits_for,
             row.task.priority, row.task.project, row.task.assignee, iso(row.task.created_at))
            for row in await self._all_rows(engine, min(total, MOST_EXPORTED))
        ]  # fmt: skip
        note = f"the first {len(rows):,} of {total:,}" if len(rows) < total else ""
        return HEADS, rows, note
