"""A widget that is a pure function of one value."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.content import Content
from textual.widget import Widget

Model = TypeVar("Model")


class Panel(Widget, Generic[Model]):
    """Paints ``model`` with :meth:`paint`, and again only when the model changed."""

    def __init__(self, model: Model, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes, markup=False)
        self._model = model

    @property
    def model(self) -> Model:
        """What is shown now."""
        return self._model

    def show(self, model: Model) -> None:
        """Show another value; nothing is painted when it equals the present one."""
        if model != self._model:
            before, self._model = self._model, model
            # laying all widgets out again costs more than painting this one
            auto = self.styles.is_auto_height
            self.refresh(layout=auto and self._height(before) != self._height(model))

    def _height(self, model: Model) -> int:
        width, height = self.content_size
        return len(self.paint(model, width, height)) if width > 0 else 0

    def paint(self, model: Model, width: int, height: int) -> list[Content]:
        """The lines for ``model`` in ``width`` cells, at most ``height`` lines worth showing."""
        raise NotImplementedError

    def render(self) -> Content:
        """The lines of :meth:`paint`, cut to the widget's height."""
        width, height = self.content_size
        lines = self.paint(self._model, width, height) if width > 0 else []
        shown = lines[:height] if height else lines
        return Content("\n").join(line.truncate(max(width, 0), ellipsis=True) for line in shown)


def spread(left: Content, right: Content, width: int) -> Content:
    """``left`` and ``right`` at the two ends of a line of ``width`` cells."""
    room = width - right.cell_length
    if room < 1:
        return left.truncate(width, ellipsis=True)
    if left.cell_length >= room:
        left = left.truncate(max(room - 1, 0), ellipsis=True)
    return Content.assemble(left, " " * (room - left.cell_length), right)
