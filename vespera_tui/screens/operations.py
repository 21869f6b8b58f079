"""Screen 2: every operation, alive or finished, each with its life."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from engine.operation_views import LARGEST_PAGE, OperationsQuery
from engine.operations import OperationFilter, OperationState
from vespera_tui.filters import OPERATION_WORDS, operation_filter
from vespera_tui.local_time import iso
from vespera_tui.operation_life import life_of
from vespera_tui.pages import all_rows
from vespera_tui.screens.listing import PAGE, ListScreen
from vespera_tui.snapshot import operation_model
from widgets.operation_list import OperationList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.api import EngineAPI
    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.models import OperationModel
    from widgets.text_pane import Line

MOST_EXPORTED = 10_000
HEADS = (
    "id", "service", "kind", "target", "state", "priority", "attempts", "run_at", "created_at",
    "finished_at", "origin", "detail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OperationsAnswer:
    """A part of the list, and what is known of the row under the cursor."""

    rows: tuple[OperationModel, ...]
    total: int
    first: int
    operation: int | None = None
    """Whose life it is."""
    life: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationsQuestion:
    """A part of the list, and the operation whose life is shown."""

    query: OperationsQuery
    operation: int | None = None

    async def ask(self, engine: EngineAPI, now: float) -> OperationsAnswer:
        """The answer now."""
        page = await engine.operations_page(self.query)
        view = None if self.operation is None else await engine.get_operation(self.operation)
        return OperationsAnswer(
            tuple(operation_model(row, now) for row in page.rows),
            page.total,
            page.offset,
            self.operation,
            life_of(view, now) if view else (),
        )


class OperationsScreen(ListScreen):
    """The list, narrowed by the filter line; what is selected is acted on together."""

    place: ClassVar[str] = "operations"
    noun: ClassVar[str] = "operations"
    one: ClassVar[str] = "operation"
    filter_words: ClassVar[tuple[tuple[str, str], ...]] = OPERATION_WORDS
    selects: ClassVar[bool] = True
    sorts: ClassVar[bool] = True
    has_table: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._query = OperationsQuery(limit=PAGE)

    def make_list(self) -> OperationList:
        """The operations."""
        return OperationList(id="operations")

    def invitation(self) -> str:
        """How operations come to be."""
        return (
            f"bring in tasks on the overview with {self.key_of('import')}, "
            f"or run a job with {self.key_of('triggers')}"
        )

    @property
    def question(self) -> OperationsQuestion:
        """The part in sight, in the order wanted, and the operation under the cursor."""
        sort, descending = self._order
        part = replace(self._query, sort=sort, descending=descending, offset=self._first)
        selected = self.selected_operation if self.is_mounted else None
        return OperationsQuestion(part, selected.id if selected else None)

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show the answer; one to another cursor still has the right rows."""
        asked = snapshot.question
        if isinstance(asked, OperationsQuestion) and asked.query == self.question.query:
            snapshot = replace(snapshot, question=self.question)
        super().show(snapshot)

    def show_answer(self, answer: OperationsAnswer) -> None:
        """Show the part of the list and the life of the operation under the cursor."""
        self.show_rows(answer.rows, answer.total, answer.first)
        selected = self.selected_operation
        if answer.operation == (selected and selected.id):
            self.show_details(answer.life, answer.operation)

    def cursor_moved(self) -> None:
        """Ask for the life of the operation the cursor is on now; that of another is gone."""
        self.drop_details()
        self.ask()

    @property
    def filter_values(self) -> Mapping[str, Iterable[str]]:
        """The services and the states."""
        return {"service": self.service_names, "state": list(OperationState)}

    def read_filter(self, line: str) -> None:
        """Take over what ``line`` means. Raises InvalidInputError."""
        self._query = replace(self._query, which=operation_filter(line, self.service_names))

    @property
    def target(self) -> str:
        """An operation, in the list and beside it, when there is one."""
        return "operation" if self.selected_operation else ""

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor."""
        return self.query_one(OperationList).selected

    @property
    def meant(self) -> tuple[OperationFilter, str] | None:
        """Those selected by hand, or all that match; None when it is the one under the cursor."""
        rows = self.main_list
        if rows.everything:
            return self._query.which, "of all that match"
        if rows.chosen:
            return OperationFilter(ids=rows.chosen), f"of the {len(rows.chosen):,} selected"
        return None

    async def table(
        self, engine: EngineAPI | None
    ) -> tuple[Sequence[str], Sequence[Sequence[object]], str]:
        """All that match, in the order shown, up to a limit."""
        total, query = self.main_list.total, replace(self.question.query, limit=LARGEST_PAGE)
        most = min(total, MOST_EXPORTED)
        found = (
            await all_rows(engine.operations_page, query, most, lambda row: row.id)
            if engine
            else []
        )
        rows = [
            (
                row.id, row.service, row.kind, row.key, row.state, row.priority.name.lower(),
                row.attempts, iso(row.run_at), iso(row.created_at), iso(row.finished_at),
                row.origin, row.detail,
            )
            for row in found
        ]  # fmt: skip
        note = f"the first {len(rows):,} of {total:,}" if len(rows) < total else ""
        return HEADS, rows, note
