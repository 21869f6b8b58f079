"""Screen 7: the end of the log, as it grows."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

from engine.errors import InvalidInputError
from engine.monitoring.log_tail import LEVELS, LogQuery
from vespera_tui.filters import TEXT, one_of, read_words
from vespera_tui.local_time import clock_of
from vespera_tui.screens.listing import ListScreen
from widgets.log_list import LogList, LogModel
from widgets.text_pane import DIM, HEAD
from widgets.words import size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.api import EngineAPI
    from engine.monitoring.log_tail import LogLine, LogPage
    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.text_pane import Line

MISSPELT = 0.8
"""Share of their letters from which a service's name is a misspelt one, not another name."""
HELD = 1_000
"""Lines that are held."""
HEADS = ("timestamp", "level", "logger", "event", "fields", "exception")


@dataclass(frozen=True, slots=True)
class LogsQuestion:
    """What the log says."""

    query: LogQuery

    async def ask(self, engine: EngineAPI, now: float) -> LogPage:  # noqa: ARG002 - a Question
        """The answer now."""
        return await engine.log_lines(self.query)


class LogsScreen(ListScreen):
    """Follows the newest line until it is told to stand still, or the cursor goes up."""

    place: ClassVar[str] = "logs"
    noun: ClassVar[str] = "lines"
    one: ClassVar[str] = "line"
    filter_words: ClassVar[tuple[tuple[str, str], ...]] = (
        ("level:", f"at least as severe: {', '.join(LEVELS)}"),
        ("service:", "that name this service, person or part of the program"),
        ("words", "anywhere in the line or its traceback"),
    )
    has_table: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._query = LogQuery(limit=HELD)
        self._lines: dict[int, LogLine] = {}
        self._following = True
        self._now = 0.0

    @property
    def following(self) -> bool:
        """Whether new lines are shown as they come."""
        return self._following

    def make_list(self) -> LogList:
        """The lines."""
        return LogList(id="log")

    @property
    def question(self) -> LogsQuestion:
        """The newest lines that the filter matches."""
        return LogsQuestion(self._query)

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show new lines; what is not of today has its day."""
        self._now = snapshot.taken_at
        super().show(snapshot)

    def show_answer(self, answer: LogPage) -> None:
        """Show new lines, unless they are to stand still; the cursor stays on the newest."""
        if not self.following and self._lines:
            return
        rows = self.query_one(LogList)
        at_end = rows.at_end
        self._lines = {line.position: line for line in answer.lines}
        self.show_rows([_model(line, self._now) for line in answer.lines])
        if at_end:
            rows.action_cursor(rows.total)
        whole = "" if answer.complete else ", looked through in part"
        where = f"of {answer.path} ({size(answer.size)}{whole})"
        missing = f"there is no {answer.path} yet" if answer.path else "nothing was logged yet"
        self.tell(note=self._state(where if answer.size else missing))
        self.cursor_moved()

    def _state(self, note: str) -> str:
        return note if self.following else f"‖ stands still  {note}"

    def toggle_following(self) -> None:
        """Stand still, or show new lines again."""
        self._following = not self._following
        self._note = self._note.removeprefix("‖ stands still  ")
        self.tell(note=self._state(self._note))
        if self.following:
            self.query_one(LogList).action_cursor(10**9)
            self.ask()

    @property
    def filter_values(self) -> Mapping[str, Iterable[str]]:
        """The levels and the services."""
        return {"level": LEVELS, "service": self.service_names}

    def read_filter(self, line: str) -> None:
        """Take over what ``line`` means. Raises InvalidInputError."""
        words = read_words(line, ("level", "service"))
        level = one_of("level", words.get("level", LEVELS[0]), LEVELS)
        service = self._service(words.get("service", ""))
        self._query = LogQuery(level, service, words.get(TEXT, ""), HELD)
        self._lines = {}

    def _service(self, part: str) -> str:
        """The service that ``part`` names, or another person or part of the program."""
        like = [name for name in self.service_names if part.lower() in name]
        if len(like) == 1:
            return like[0]
        if part and not like and (near := get_close_matches(part, self.service_names, 1, MISSPELT)):
            raise InvalidInputError(f"service: {part!r} is none; did you mean {near[0]}?")
        return part

    def cursor_moved(self) -> None:
        """Show all of the line under the cursor."""
        row = self.query_one(LogList).selected
        line = self._lines.get(row.id) if row else None
        self.show_details(_details(line) if line else ())

    async def table(
        self,
        engine: EngineAPI | None,  # noqa: ARG002 - the lines are all here
    ) -> tuple[Sequence[str], Sequence[Sequence[object]], str]:
        """The lines that are held."""
        rows = [
            (each.at, each.level, each.logger, each.event, each.fields, each.exception)
            for each in self._lines.values()
        ]
        return HEADS, rows, f"the newest {len(rows):,} lines"


def _model(line: LogLine, now: float) -> LogModel:
    then = clock_of(line.at, now)
    return LogModel(line.position, then, line.level, line.event, line.fields, line.exception)


def _details(line: LogLine) -> tuple[Line, ...]:
    head: list[Line] = [
        ((line.event, "bold"),),
        ((f"{line.level}  {line.at}  {line.logger}", DIM),),
        (),
        *(((part, ""),) for part in line.fields.split("\n") if part),
    ]
    if line.exception:
        head += [(), (("Traceback", HEAD),)]
        head += [((part, ""),) for part in line.exception.rstrip("\n").split("\n")]
    return tuple(head)
