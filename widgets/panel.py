"""A widget that is a pure function of one value."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

Model = TypeVar("Model")


class Panel(Widget, Generic[Model]):
    """Paints ``model`` with :meth:`paint`, and again only when the model changed."""

    def __init__(self, model: Model, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes, markup=False)
        self._model = model
        self._lines: list[Content] = []
        """As they were painted last."""

    @property
    def model(self) -> Model:
        """What is shown now."""
        return self._model

    def show(self, model: Model) -> None:
        """Show another value; only lines that look different are painted."""
        if model == self._model:
            return
        wanted = self._wanted_height()
        self._model, before = model, self._lines
        lines = self._painted()
        if self._wanted_height() != wanted:
            self.refresh(layout=True)
            return
        if len(lines) != len(before) or not self.is_mounted:
            self.refresh()
            return
        pairs = zip(before, lines, strict=True)
        changed = [y for y, (was, now) in enumerate(pairs) if not was.is_same(now)]
        if changed:
            self.refresh(*(Region(0, y, self.content_size.width, 1) for y in changed))

    def _wanted_height(self) -> int:
        """The lines it would have with room for all; 0 when its height is not for it to choose."""
        if not self.styles.is_auto_height:
            return 0
        return self.get_content_height(self.size, self.size, self.content_size.width)

    def _painted(self) -> list[Content]:
        width, height = self.content_size
        lines = self.paint(self._model, width, height) if width > 0 else []
        shown = lines[:height] if height else lines
        return [line.truncate(max(width, 0), ellipsis=True) for line in shown]

    def paint(self, model: Model, width: int, height: int) -> list[Content]:
        """The lines for ``model`` in ``width`` cells, at most ``height`` lines worth showing."""
        raise NotImplementedError

    def render(self) -> Content:
        """The lines of :meth:`paint`, cut to the widget's height."""
        self._lines = self._painted()
        return Content("\n").join(self._lines)


def spread(left: Content, right: Content, width: int) -> Content:
    """``left`` and ``right`` at the two ends of a line of ``width`` cells."""
    room = width - right.cell_length
    if room < 1:
        return left.truncate(width, ellipsis=True)
    if left.cell_length >= room:
        left = left.truncate(max(room - 1, 0), ellipsis=True)
    return Content.assemble(left, " " * (room - left.cell_length), right)
