"""The cycle picture on the screen, painted line by line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets.cycle_picture.focus import Lit, lit
from widgets.cycle_picture.glyphs import ASCII, UNICODE
from widgets.cycle_picture.grid import Role
from widgets.cycle_picture.layout import picture
from widgets.cycle_picture.model import CycleModel
from widgets.cycle_picture.walking import nearest, next_in_order

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events
    from textual.binding import BindingType

    from widgets.cycle_picture.grid import Cell, Grid

NOTHING = CycleModel((), ())


class CyclePicture(Widget, can_focus=True):
    """One component, drawn; Tab and the arrows walk its tasks, Enter or a click chooses one."""

    DEFAULT_CSS = """
    CyclePicture { height: 1fr; min-height: 3; }
    CyclePicture > .cycle--ring { color: $primary; text-style: bold; }
    CyclePicture > .cycle--chord { color: $text-muted; }
    CyclePicture > .cycle--cut { color: $text-error; text-style: bold; }
    CyclePicture > .cycle--box { color: $primary; }
    CyclePicture > .cycle--number { color: $foreground; text-style: bold; }
    CyclePicture > .cycle--id { color: $text-accent; text-style: bold; }
    CyclePicture > .cycle--title { color: $foreground; }
    CyclePicture > .cycle--note { color: $text-muted; }
    CyclePicture > .cycle--near { color: $foreground; text-style: bold; }
    CyclePicture > .cycle--focus { color: $text-accent; text-style: bold; }
    CyclePicture > .cycle--focus-number { text-style: bold reverse; }
    CyclePicture > .cycle--focus-label { text-style: bold underline; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"cycle--{role}" for role in Role if role is not Role.BLANK),
        *(f"cycle--{mark}" for mark in Lit),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        ("tab", "walk(1)", "Next task"),
        ("shift+tab", "walk(-1)", "Task before"),
        ("left", "go('left')", "Task to the left"),
        ("right", "go('right')", "Task to the right"),
        ("up", "go('up')", "Task above"),
        ("down", "go('down')", "Task below"),
        ("home", "first", "First task"),
        ("enter", "choose", "Open the task"),
    ]

    @dataclass
    class Chosen(Message):
        """A person wants to see a task."""

        task_id: str

    @dataclass
    class Walked(Message):
        """Another task has the focus."""

        task_id: str

    def __init__(
        self,
        model: CycleModel = NOTHING,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._model, self._ascii, self._at = model, ascii_only, 0
        self._painted: tuple[object, ...] = ()
        self._strips: list[Strip] = []

    @property
    def model(self) -> CycleModel:
        """What is shown now."""
        return self._model

    @property
    def grid(self) -> Grid:
        """The picture as cells, at the present size."""
        return picture(self._model, *self.size, ascii_only=self._ascii)

    @property
    def selected(self) -> str | None:
        """The id of the task that has the focus; None in an empty picture."""
        tasks = self._model.tasks
        return tasks[self._at].id if self._at < len(tasks) else None

    def show(self, model: CycleModel, *, ascii_only: bool | None = None) -> None:
        """Show another component; the focus keeps its task while that is there."""
        ascii_only = self._ascii if ascii_only is None else ascii_only
        if model == self._model and ascii_only == self._ascii:
            return
        held = self.selected
        self._model, self._ascii = model, ascii_only
        names = [task.id for task in model.tasks]
        self._at = names.index(held) if held in names else 0
        self.refresh()

    def action_walk(self, by: int) -> None:
        """Go on in order; past the last task, leave the picture."""
        found = next_in_order(self.grid, self._at, by)
        if found is not None:
            self._select(found)
        elif by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_go(self, direction: str) -> None:
        """Go to the nearest task in a direction."""
        found = nearest(self.grid, self._at, direction)
        if found is not None:
            self._select(found)

    def action_first(self) -> None:
        """Go to the first task."""
        self._select(0)

    def action_choose(self) -> None:
        """Say that the task with the focus was chosen."""
        if self.selected is not None:
            self.post_message(self.Chosen(self.selected))

    def on_click(self, event: events.Click) -> None:
        """Select the task under the mouse; a second click chooses it."""
        task = self.grid.node_at(event.x, event.y)
        if task is not None:
            self._select(task)
            if event.chain > 1:
                self.action_choose()

    def _select(self, task: int) -> None:
        if task != self._at and task < len(self._model.tasks):
            self._at = task
            self.refresh()
            self.post_message(self.Walked(self._model.tasks[task].id))

    def render_line(self, y: int) -> Strip:
        """Line ``y``; all lines are painted at once and kept until something changes."""
        focus = self._at if self.has_focus else None
        state = (self._model, self.size, self._ascii, focus, self.rich_style, self.app.theme)
        if state != self._painted:
            self._painted, self._strips = state, self._paint(focus)
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)

    def _paint(self, focus: int | None) -> list[Strip]:
        grid, base = self.grid, self.rich_style
        marks = lit(grid, self._model, focus, ASCII if self._ascii else UNICODE)
        styles: dict[str, Style] = {
            name: base + self.get_component_rich_style(f"cycle--{name}", partial=True)
            for name in (*(role for role in Role if role is not Role.BLANK), *Lit)
        }
        styles[Role.BLANK] = base
        return [_strip(row, y, marks, styles) for y, row in enumerate(grid.rows)]


def _strip(
    row: tuple[Cell, ...],
    y: int,
    marks: dict[tuple[int, int], tuple[str, Lit]],
    styles: dict[str, Style],
) -> Strip:
    shown = [
        (marks[x, y][0] or cell.char, marks[x, y][1]) if (x, y) in marks else cell
        for x, cell in enumerate(row)
    ]
    runs = groupby(shown, key=lambda cell: cell[1])
    segments = [Segment("".join(char for char, _ in run), styles[role]) for role, run in runs]
    return Strip(segments, len(row))
