"""Screen 4: what failed, in groups of the same error; a group is retried or discarded as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.operations import OperationFilter
from vespera_tui.filters import TEXT, one_of, read_words
from vespera_tui.local_time import iso
from vespera_tui.screens.listing import ListScreen
from vespera_tui.snapshot import service_title
from widgets.error_list import ErrorGroupModel, ErrorList
from widgets.text_pane import DIM, HEAD
from widgets.words import age, counted, sparkline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.api import EngineAPI
    from engine.operation_views import ErrorGroup
    from widgets.text_pane import Line

HEADS = ("fingerprint", "service", "count", "first_at", "last_at", "message", "samples")
KEYS = {
    "count": lambda group: group.count,
    "last": lambda group: -group.last_at,
    "first": lambda group: -group.first_at,
    "service": lambda group: group.service,
}
"""What the list can be sorted by, upwards as it is shown: of times, how long ago they are."""


@dataclass(frozen=True, slots=True)
class ErrorsAnswer:
    """All groups, and when they were read."""

    groups: tuple[ErrorGroup, ...]
    now: float


@dataclass(frozen=True, slots=True)
class ErrorsQuestion:
    """Which errors there are."""

    async def ask(self, engine: EngineAPI, now: float) -> ErrorsAnswer:
        """The answer now."""
        return ErrorsAnswer(tuple(await engine.error_groups(limit=500)), now)


class ErrorsScreen(ListScreen):
    """The groups; beside them samples and the traceback of the newest."""

    place: ClassVar[str] = "errors"
    noun: ClassVar[str] = "groups of errors"
    one: ClassVar[str] = "group of errors"
    filter_words: ClassVar[tuple[tuple[str, str], ...]] = (
        ("service:", "of this service; a part of its name will do"),
        ("words", "in the message"),
    )
    sorts: ClassVar[bool] = True
    largest_first: ClassVar[frozenset[str]] = frozenset({"count"})
    has_table: ClassVar[bool] = True
    few: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._answer = ErrorsAnswer((), 0.0)
        self._words: dict[str, str] = {}

    def make_list(self) -> ErrorList:
        """The groups."""
        return ErrorList(id="errors")

    @property
    def question(self) -> ErrorsQuestion:
        """Which errors there are."""
        return ErrorsQuestion()

    def show_answer(self, answer: ErrorsAnswer) -> None:
        """Show those that the filter matches, and what is known of the one under the cursor."""
        self._answer = answer
        self._show()

    def _show(self) -> None:
        groups = self._matching()
        self.show_rows([_model(group, self._answer.now) for group in groups])
        failed = sum(group.count for group in groups)
        calm = "" if self._answer.groups else "nothing failed that is still kept; well done"
        self.tell(note=counted(failed, "operation") if groups else calm)
        self.cursor_moved()

    def _matching(self) -> list[ErrorGroup]:
        service, text = self._words.get("service"), self._words.get(TEXT, "").lower()
        found = [
            group
            for group in self._answer.groups
            if service in {None, group.service} and text in group.message.lower()
        ]
        sort, descending = self._order
        if sort in KEYS:
            found.sort(key=KEYS[sort])
        return found[::-1] if descending else found

    def ask(self) -> None:
        """Show the present answer otherwise: the groups are all here."""
        self._show()

    @property
    def filter_values(self) -> Mapping[str, Iterable[str]]:
        """The services."""
        return {"service": self.service_names}

    def read_filter(self, line: str) -> None:
        """Take over what ``line`` means. Raises InvalidInputError."""
        words = read_words(line, ("service",))
        if "service" in words and (names := self.service_names):
            words["service"] = one_of("service", words["service"], names)
        self._words = words

    def cursor_moved(self) -> None:
        """Show what is known of the group the cursor is on now."""
        group = self.selected_group
        self.show_details(_details(group, self._answer.now) if group else ())

    @property
    def target(self) -> str:
        """A group of errors, when there is one."""
        return "error" if self.selected_group else ""

    @property
    def selected_group(self) -> ErrorGroup | None:
        """The group under the cursor."""
        row = self.query_one(ErrorList).selected
        groups = self._answer.groups
        return next((each for each in groups if row and each.fingerprint == row.id), None)

    @property
    def meant(self) -> tuple[OperationFilter, str] | None:
        """The operations of the group under the cursor."""
        group = self.selected_group
        if group is None:
            return None
        return OperationFilter(fingerprint=group.fingerprint), "that failed in this way"

    async def table(
        self,
        engine: EngineAPI | None,  # noqa: ARG002 - the groups are all here
    ) -> tuple[Sequence[str], Sequence[Sequence[object]], str]:
        """A line a group."""
        rows = [
            (
                group.fingerprint, group.service, group.count, iso(group.first_at),
                iso(group.last_at), group.message, " ".join(map(str, group.samples)),
            )
            for group in self._matching()
        ]  # fmt: skip
        return HEADS, rows, ""


def _model(group: ErrorGroup, now: float) -> ErrorGroupModel:
    return ErrorGroupModel(
        group.fingerprint,
        service_title(group.service),
        group.pattern,
        group.count,
        group.trend,
        f"{age(now - group.first_at)}",
        f"{age(now - group.last_at)}",
    )


def _details(group: ErrorGroup, now: float) -> tuple[Line, ...]:
    samples = ", ".join(f"#{number}" for number in group.samples)
    lines: list[Line] = [
        ((service_title(group.service), "bold"), (f"  {', '.join(group.kinds)}", DIM)),
        ((counted(group.count, "time"), "bold $text-error"),
         (f", first {age(now - group.first_at)} ago, last {age(now - group.last_at)} ago", "")),
        (("last 24 h ", DIM), (sparkline(group.trend, len(group.trend)), "$text-accent"),
         (f" most {max(group.trend, default=0):,}/h", DIM)),
        (),
        (("Newest message", HEAD),),
        *(((line, ""),) for line in group.message.split("\n")),
        (),
        (("Newest operations", HEAD),),
        ((samples, ""),),
        (),
        (("Traceback", HEAD),),
    ]  # fmt: skip
    trace = group.traceback.rstrip("\n") or "none was kept"
    return (*lines, *(((line, ""),) for line in trace.split("\n")))
