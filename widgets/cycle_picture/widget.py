"""The cycle picture on the screen, painted line by line."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from widgets.cycle_picture.focus import Lit, lit
from widgets.cycle_picture.glyphs import ASCII, UNICODE
from widgets.cycle_picture.grid import Role
from widgets.cycle_picture.kept import KeptPictures, Wanted
from widgets.cycle_picture.layout import say
from widgets.cycle_picture.model import NOTHING
from widgets.cycle_picture.painting import Painter, by_row
from widgets.cycle_picture.walking import nearest, next_in_order

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Region

    from widgets.cycle_picture.grid import Grid
    from widgets.cycle_picture.model import CycleModel
    from widgets.cycle_picture.painting import Marks


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
        ("up,k", "go('up')", "Task above"),
        ("down,j", "go('down')", "Task below"),
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
        self._kept = KeptPictures()
        self._wanted: Wanted | None = None
        self._drawing = False
        self._painter: Painter | None = None
        self._marks: Marks | None = None

    @property
    def model(self) -> CycleModel:
        """What is shown now."""
        return self._model

    @property
    def at(self) -> int:
        """The task that has the focus, as its place in the model."""
        return self._at

    @property
    def grid(self) -> Grid:
        """The picture as cells, at the present size; says so while that is still being drawn."""
        wanted = Wanted.of(self._model, self.size, ascii_only=self._ascii)
        grid = self._kept.find(wanted)
        if grid is None and wanted.quick:
            grid = wanted.draw()
            self._kept.keep(wanted, grid)
        if grid is not None:
            return grid
        self._wanted = wanted
        if not self._drawing:
            self._drawing = True
            self.run_worker(self._draw(), group="drawing")
        return say("drawing …", *self.size, ASCII if self._ascii else UNICODE)

    async def _draw(self) -> None:
        """Draw in a thread, one picture at a time, until the one that was wanted last is there."""
        try:
            while (wanted := self._wanted) is not None and self._kept.find(wanted) is None:
                self._kept.keep(wanted, await asyncio.to_thread(wanted.draw))
        finally:
            self._drawing = False
        self.refresh()

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
        self._marks = None
        self.refresh()

    def action_walk(self, by: int) -> None:
        """Go on in order; past the last task, leave the picture."""
        grid = self.grid
        found = next_in_order(grid, self._at, by)
        if self._drawing and not grid.nodes:  # walk on in the dark rather than leave
            found = min(max(self._at + by, 0), len(self._model.tasks) - 1)
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
            self._marks = None
            self.refresh()
            self.post_message(self.Walked(self._model.tasks[task].id))

    def render_lines(self, crop: Region) -> list[Strip]:
        """All lines that changed; what they have in common is worked out once."""
        self._marks = None
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Line ``y``, from 0."""
        painter, marks = self._prepared()
        if y < painter.grid.height:
            return painter.line(y, marks)
        return Strip.blank(self.size.width, painter.styles[Role.BLANK])

    def _prepared(self) -> tuple[Painter, Marks]:
        if self._painter is not None and self._marks is not None:
            return self._painter, self._marks
        grid, styles = self.grid, self._styles()
        painter = self._painter
        if painter is None or painter.grid is not grid or painter.styles != styles:
            self._painter = painter = Painter(grid, styles)
        focus = self._at if self.has_focus else None
        self._marks = by_row(lit(grid, self._model, focus, ASCII if self._ascii else UNICODE))
        return painter, self._marks

    def _styles(self) -> dict[str, Style]:
        base = self.rich_style
        names = (*(role for role in Role if role is not Role.BLANK), *Lit)
        parts = {
            name: self.get_component_rich_style(f"cycle--{name}", partial=True) for name in names
        }
        return {Role.BLANK: base, **{name: base + part for name, part in parts.items()}}
