"""Screen 3: the groups of tasks that wait for one another, and one of them drawn."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.actions import SkipAction
from textual.containers import Container, Vertical

from vespera_tui.cutting import SuggestedCut
from vespera_tui.cycle_question import CycleMemory, CyclesAnswer, CyclesQuestion
from vespera_tui.screens.base import DashboardScreen
from widgets.cycle_list import CycleLife, CycleLifeLine, CycleList
from widgets.cycle_picture.advice import (
    AdviceModel,
    CutAdvice,
    WorkOrder,
    cut_line,
    cut_links,
    order_line,
)
from widgets.cycle_picture.export import dot, mermaid, svg, text
from widgets.cycle_picture.model import NOTHING
from widgets.cycle_picture.order import OrderPane
from widgets.cycle_picture.parts import part_of
from widgets.cycle_picture.widget import CyclePicture
from widgets.models import Choice
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from vespera_tui.console import Console
    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.cycle_picture.model import CycleModel

NEWS = ("cycle.", "dependency.", "task.", "import")
"""Beginnings of the kinds of events after which cycles are checked again."""
EXPORTS = (
    Choice("mermaid", "Mermaid", "the cycle, for Markdown pages"),
    Choice("dot", "DOT", "the cycle, for Graphviz"),
    Choice("svg", "SVG", "the cycle, drawn as curves"),
    Choice("text", "Text", "the cycle as it stands here, with the advice"),
)
SUFFIXES = {"mermaid": "mmd", "dot": "dot", "svg": "svg", "text": "txt"}
MOST_COPIED = 500
"""Links that Mermaid draws unless it is told otherwise; of more, a shortest cycle is copied."""
LONGEST_ORDER = 400
"""Cells of the order of work in a question."""


class CyclesScreen(DashboardScreen):
    """List, picture and advice; what the picture shows follows the list's cursor."""

    AUTO_FOCUS: ClassVar[str | None] = "CyclePicture"
    place: ClassVar[str] = "cycles"
    has_details: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "close_task", "Close the task")]

    def __init__(self) -> None:
        super().__init__()
        self._memory, self._news = CycleMemory(), 0
        self._ascii = False
        self._opened: str | None = None
        self._order: WorkOrder | None = None

    def body(self) -> ComposeResult:
        """What there is at the left or above, the picture with the advice at the right or below."""
        with Container(classes="body", id="cycles"):
            with Vertical(id="cycles-list"):
                yield CycleLifeLine(CycleLife(), id="cycle-life")
                yield CycleList(id="cycle-list")
                yield OrderPane(AdviceModel(NOTHING), id="cycle-order")
            with Vertical(id="cycles-picture"):
                self._ascii = cast("Console", self.app).ascii_only
                yield CyclePicture(id="cycle-picture", ascii_only=self._ascii)
                yield CutAdvice(AdviceModel(NOTHING), id="advice")
            yield TextPane(id="cycle-task")

    @property
    def question(self) -> CyclesQuestion:
        """The components, and the one under the cursor in full."""
        row = self.query_one(CycleList).selected
        return CyclesQuestion(row.id if row else None, self._news, self._memory, self._opened)

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show the answer, and note what happened that may change it."""
        super().show(snapshot)
        about = (each.seq for each in snapshot.events if each.kind.startswith(NEWS))
        news = max(about, default=0)
        if news != self._news:
            self._news = news
            self.post_message(self.Asked())
        answer = snapshot.answer
        if isinstance(answer, CyclesAnswer):
            life = answer.life
            cycles = self.query_one(CycleList)
            cycles.show(answer.rows)
            if cycles.selected is None or cycles.selected.id == answer.selected:
                self.query_one(CyclePicture).show(answer.picture)
                self._order = answer.order
            self._show_advice()
            self.query_one(TextPane).show(answer.task)
        else:
            life = CycleLife()
        if snapshot.answer_problem:
            life = CycleLife(problem=snapshot.answer_problem)
        self.query_one(CycleLifeLine).show(life)

    def _show_advice(self) -> None:
        picture = self.query_one(CyclePicture)
        advice = AdviceModel(picture.model, picture.at, self._ascii, self._order)
        self.query_one(CutAdvice).show(advice)
        self.query_one(OrderPane).show(replace(advice, task=None))

    def on_row_list_moved(self) -> None:
        """Draw the component that the cursor is on now."""
        self.post_message(self.Asked())

    def on_cycle_picture_walked(self) -> None:
        """Say what the task waits for; a task that is open gives way to this one."""
        self._show_advice()
        if self._opened is not None:
            self._open(self.query_one(CyclePicture).selected)

    def on_cycle_picture_chosen(self) -> None:
        """Open the task."""
        self.toggle_details()

    def _open(self, task_id: str | None) -> None:
        self._opened = task_id
        self.set_class(task_id is not None, "-task-open")
        self.post_message(self.Asked())

    def action_close_task(self) -> None:
        """Close the task that is open; without one, escape means what it means elsewhere."""
        if self._opened is None:
            raise SkipAction
        self._open(None)

    # What the actions ask for

    @property
    def target(self) -> str:
        """A cycle, when one is drawn."""
        return "cycle" if self.query_one(CyclePicture).model.tasks else ""

    @property
    def selected_task(self) -> str | None:
        """The id of the task that the picture's cursor is on."""
        return self.query_one(CyclePicture).selected

    @property
    def selected_cut(self) -> SuggestedCut | None:
        """That of the cycle that is drawn, which the cursor is on."""
        row, model = self.query_one(CycleList).selected, self.query_one(CyclePicture).model
        if row is None or not model.cuts:
            return None
        after = order_line(model, LONGEST_ORDER, self._order)
        return SuggestedCut(row.id, cut_links(model), cut_line(model), model.reason, after)

    def toggle_details(self) -> None:
        """Open the task that has the focus in the picture, or close it."""
        selected = self.query_one(CyclePicture).selected
        self._open(None if self._opened == selected else selected)

    def change_characters(self) -> None:
        """Draw in ASCII, or in braille again."""
        self._ascii = not self._ascii
        picture = self.query_one(CyclePicture)
        picture.show(picture.model, ascii_only=self._ascii)
        self._show_advice()

    def enlarge(self) -> None:
        """Hide the list, or show it again."""
        self.set_class(not self.has_class("-enlarged"), "-enlarged")

    @property
    def exports(self) -> Sequence[Choice]:
        """All forms, when a cycle is drawn."""
        return EXPORTS if self.target else ()

    def exported(self, form: str) -> tuple[Callable[[], str], str]:
        """What writes the cycle that is drawn in the form; and the suffix of such a file."""
        picture = self.query_one(CyclePicture)
        width, height = picture.size
        as_shown = partial(text.write, width=width, height=height, ascii_only=self._ascii)
        forms: dict[str, Callable[[CycleModel], str]] = {
            "mermaid": mermaid.write,
            "dot": dot.write,
            "svg": svg.write,
            "text": as_shown,
        }
        return partial(forms[form], picture.model), SUFFIXES[form]

    @property
    def copies(self) -> bool:
        """When a cycle is drawn."""
        return bool(self.target)

    def copied(self) -> str:
        """The cycle as Mermaid; in the picture, the id of the task."""
        picture = self.query_one(CyclePicture)
        if picture.has_focus and picture.selected is not None:
            return picture.selected
        model = picture.model
        if len(model.edges) > MOST_COPIED:
            model = part_of(model, model.cycle).model
        return mermaid.write(model) if model.tasks else ""
