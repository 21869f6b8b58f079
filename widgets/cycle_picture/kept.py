"""Pictures that were drawn, kept for when the same is wanted again."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from widgets.cycle_picture.layout import picture

if TYPE_CHECKING:
    from widgets.cycle_picture.grid import Grid
    from widgets.cycle_picture.model import CycleModel

MOST = 8
AT_ONCE = 12
"""Links up to which a component is drawn within milliseconds, whatever the size."""


class Wanted(NamedTuple):
    """All that a picture depends on."""

    model: CycleModel
    width: int
    height: int
    ascii_only: bool

    @classmethod
    def of(cls, model: CycleModel, size: tuple[int, int], *, ascii_only: bool) -> Wanted:
        """Without the words beside the picture, among them its age, which changes all the time."""
        return cls(replace(model, reason="", note=""), *size, ascii_only)

    @property
    def quick(self) -> bool:
        """Whether it can be drawn while the screen waits."""
        return len(self.model.edges) <= AT_ONCE

    def draw(self) -> Grid:
        """The picture; pure, so any thread may ask for it."""
        return picture(self.model, self.width, self.height, ascii_only=self.ascii_only)


class KeptPictures:
    """The last pictures.

    They are looked up by comparing, not by a hash: a hash reads all tasks and links each time,
    equal models are nearly always the same object, and different ones differ early.
    """

    def __init__(self) -> None:
        self._kept: deque[tuple[Wanted, Grid]] = deque(maxlen=MOST)

    def find(self, wanted: Wanted) -> Grid | None:
        """The picture, if it was drawn lately."""
        return next((grid for each, grid in reversed(self._kept) if each == wanted), None)

    def keep(self, wanted: Wanted, grid: Grid) -> None:
        """Remember a picture in the place of the oldest one."""
        self._kept.append((wanted, grid))
