"""What every screen of the dashboard has: header, screens, a body that may be covered, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.cache import LRUCache
from textual.message import Message
from textual.screen import Screen

from vespera_tui.filter_completion import completed
from widgets.empty_state import FIRST_STEPS, EmptyState
from widgets.engine_header import EngineHeader
from widgets.filter_line import FilterLine
from widgets.key_bar import KeyBar
from widgets.models import EngineModel
from widgets.opening_panel import OpeningModel, OpeningPanel
from widgets.screen_tabs import ScreenTabs, TabsModel
from widgets.too_small import TooSmall
from widgets.work_line import WorkLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from engine.api import EngineAPI
    from engine.configuration.editing import SettingView
    from engine.operations import OperationFilter
    from vespera_tui.console import Console
    from vespera_tui.cutting import SuggestedCut
    from vespera_tui.questions import Question
    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.models import AlertModel, Choice, KeyHint, OperationModel
    from widgets.row_list import RowList
    from widgets.work_line import WorkModel

LEAST_SIZE = (50, 12)
"""Columns and rows under which a screen says that it needs them, and nothing else."""
WIDTHS: list[tuple[int, str]] = [
    (0, "-tiny"), (LEAST_SIZE[0], "-slim"), (80, "-narrow"), (120, "-wide"), (180, "-widest"),
]  # fmt: skip
HEIGHTS: list[tuple[int, str]] = [
    (0, "-flat"), (LEAST_SIZE[1], "-low"), (24, "-short"), (40, "-tall"),
]  # fmt: skip
"""Cells from which a screen has the class beside them, and no other of these."""

FOUND_KEPT = 32
"""Widgets that were looked up by their kind, and are found again at once."""


class DashboardScreen(Screen[None]):
    """A screen that shows a :class:`DashboardSnapshot`; subclasses fill the body.

    What a subclass can do it says with the members below; the actions ask for nothing else.
    """

    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    place: ClassVar[str] = ""
    """Its name among ``vespera_tui.places.PLACES``."""
    filter_words: ClassVar[tuple[tuple[str, str], ...]] = ()
    """What may stand in the filter line, and what it means; empty without a filter."""
    selects: ClassVar[bool] = False
    """Whether rows can be selected, to be acted on together."""
    sorts: ClassVar[bool] = False
    has_table: ClassVar[bool] = False
    has_details: ClassVar[bool] = False

    class FocusMoved(Message):
        """Other things can be done now."""

    class Asked(Message):
        """Its question is to be answered now."""

    def __init__(self) -> None:
        super().__init__()
        # it is mounted with the styles in force; Textual would parse and apply all once more
        self._css_update_count = self.app._css_update_count  # noqa: SLF001 - nothing public does it
        self._left: Widget | None = None
        """What had the focus before the body was covered, which takes it away."""
        # what was found before a widget came or went is never asked for again; Textual keeps 1,024
        self._query_one_cache = LRUCache(FOUND_KEPT)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Show the screen again as it was left; its styles are changed when the theme is."""
        event.refresh_styles = False

    def on_descendant_focus(self) -> None:
        """Let the keys of what has the focus be shown."""
        self.post_message(self.FocusMoved())

    def compose(self) -> ComposeResult:
        """Header, screens, what covers the body while there is no engine, the body, the keys."""
        yield EngineHeader(EngineModel(), id="header")
        yield ScreenTabs(TabsModel(here=self.place), id="tabs")
        yield OpeningPanel(OpeningModel(), id="opening")
        yield from self.body()
        if self.filter_words:
            hint = " ".join(word for word, _ in self.filter_words)
            yield FilterLine(hint, self._completed, id="filter")
        yield WorkLine(None, id="work")
        yield KeyBar((), id="keys")
        yield TooSmall(LEAST_SIZE, id="too-small")

    def body(self) -> ComposeResult:
        """The widgets between header and key bar, in one container with the class ``body``."""
        raise NotImplementedError

    @property
    def service_names(self) -> tuple[str, ...]:
        """Of all services there are, as last read."""
        return tuple(each.name for each in cast("Console", self.app).services)

    # Showing

    def cover(self, model: OpeningModel | None, engine: EngineModel) -> None:
        """Show ``model`` over the body, or the body when it is None."""
        self.query_one(EngineHeader).show(engine)
        panel, body = self.query_one(OpeningPanel), self.query_one(".body")
        if model is not None and body.display:
            self._left = self.focused
        panel.display = model is not None
        body.display = model is None
        if model is not None:
            panel.show(model)
        elif (left := self._left) is not None:
            self._left = None
            if self.focused is None and left.is_attached:
                self.set_focus(left)

    def show_keys(self, tabs: Sequence[KeyHint], keys: Sequence[KeyHint]) -> None:
        """Show the screens there are and what can be done here."""
        self.query_one(ScreenTabs).show(TabsModel(tuple(tabs), self.place))
        self.query_one(KeyBar).show(tuple(keys))
        for invitation in self.query(EmptyState):
            invitation.show(tuple(key for key in keys if key.action in FIRST_STEPS))

    def key_of(self, action_id: str) -> str:
        """The key of an action as a person reads it, for hints; their own if they chose another."""
        return cast("Console", self.app).key_of(action_id)

    def show_work(self, work: WorkModel | None) -> None:
        """Show how far long work is; no line without any."""
        self.query_one(WorkLine).show(work)

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show ``snapshot``."""
        self.query_one(EngineHeader).show(snapshot.engine)

    @property
    def question(self) -> Question | None:
        """What it wants to know beside the status."""
        return None

    # What the actions ask for

    @property
    def target(self) -> str:
        """What the actions under the cursor are done to; see ``vespera_tui.actions``."""
        return ""

    @property
    def meant(self) -> tuple[OperationFilter, str] | None:
        """The operations that are acted on together, and which they are in words."""
        return None

    async def meant_tasks(
        self,
        engine: EngineAPI,  # noqa: ARG002 - asked for all that match
    ) -> tuple[Sequence[str], str] | None:
        """The ids of the tasks that are acted on together, and which they are in words."""
        return None

    @property
    def main_list(self) -> RowList[object] | None:  # type: ignore[type-var] # rows of any kind
        """The list that filter, selection and order are about."""
        return None

    @property
    def selected_service(self) -> str | None:
        """The service under the cursor; in a list, that of the operation."""
        operation = self.selected_operation
        return operation.service if operation else None

    @property
    def selected_alert(self) -> AlertModel | None:
        """The alert under the cursor, on a screen that lists them."""
        return None

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor, when a list of them has the focus."""
        return None

    @property
    def selected_task(self) -> str | None:
        """The id of the task under the cursor, on a screen that lists them."""
        return None

    @property
    def selected_setting(self) -> SettingView | None:
        """The setting under the cursor, on a screen that lists them."""
        return None

    @property
    def following(self) -> bool | None:
        """Whether new lines are shown as they come; None on a screen that does not grow."""
        return None

    def toggle_following(self) -> None:
        """Stand still, or show new lines again."""

    @property
    def selected_cut(self) -> SuggestedCut | None:
        """The cut that is suggested for the cycle that is shown."""
        return None

    def change_characters(self) -> None:
        """Draw in ASCII, or no longer."""

    def enlarge(self) -> None:
        """Give the picture the whole screen, or no longer."""

    @property
    def exports(self) -> Sequence[Choice]:
        """Further forms in which what is shown can be saved; see :meth:`exported`."""
        return ()

    def exported(self, form: str) -> tuple[Callable[[], str], str]:
        """What writes what is shown in one of these forms, in a thread, and the file's suffix."""
        raise NotImplementedError

    def open_filter(self) -> None:
        """Type into the filter line."""
        self.query_one(FilterLine).open()

    @property
    def filter_values(self) -> Mapping[str, Iterable[str]]:
        """What is known to stand behind the names of the filter line."""
        return {}

    def _completed(self, line: str) -> str:
        names = [word.removesuffix(":") for word, _ in self.filter_words if word.endswith(":")]
        return completed(line, {**dict.fromkeys(names, ()), **self.filter_values})

    @property
    def filter_problem(self) -> str:
        """What is wrong with the words in the filter line."""
        return ""

    def change_span(self, by: int) -> None:
        """Show a longer or shorter past, on a screen with a chart."""

    def toggle_chart(self) -> None:
        """The chart in the place of the list, or the list again."""

    def selection_changed(self) -> None:
        """The selection is another one."""

    def sort_by_next(self) -> None:
        """Sort the main list by the next column."""

    def reverse_order(self) -> None:
        """Turn the order of the main list round."""

    def toggle_details(self) -> None:
        """Open or close the pane of details."""

    @property
    def copies(self) -> bool:
        """Whether there is something to be copied; asked at each beat, so it must be cheap."""
        return bool(self.copied())

    def copied(self) -> str:
        """What is under the cursor, as text to be copied."""
        return ""

    async def table(
        self, engine: EngineAPI | None
    ) -> tuple[Sequence[str], Sequence[Sequence[object]], str]:
        """Heads and rows of the whole table, and what is to be said about them."""
        raise NotImplementedError
