"""Pictures as they are, to be looked at when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from tests.widgets.cycle_picture.components import sample
from vespera_tui.themes import DEFAULT, load_themes
from widgets.cycle_picture.widget import CyclePicture

if TYPE_CHECKING:
    from textual.pilot import Pilot


class Shown(App[None]):
    """One picture, with the focus on its second task."""

    def __init__(self, count: int, *, ascii_only: bool = False) -> None:
        super().__init__()
        for theme in load_themes():
            self.register_theme(theme)
        self.theme = DEFAULT
        self.picture = CyclePicture(sample(count), ascii_only=ascii_only)

    def compose(self) -> Any:
        yield self.picture

    def on_mount(self) -> None:
        self.picture.focus()


async def second(pilot: Pilot[None]) -> None:
    """With the picture there, go to the second task."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.press("tab")
    await pilot.pause()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 25, 60])
@pytest.mark.parametrize("size", [(76, 18), (150, 40)], ids=["76x18", "150x40"])
def test_picture(snap_compare: Any, count: int, size: tuple[int, int]) -> None:
    assert snap_compare(Shown(count), terminal_size=size, run_before=second)


@pytest.mark.parametrize("count", [2, 7, 12, 60])
def test_picture_in_ascii(snap_compare: Any, count: int) -> None:
    assert snap_compare(Shown(count, ascii_only=True), terminal_size=(76, 18), run_before=second)


@pytest.mark.parametrize("size", [(40, 8), (30, 24), (20, 4)], ids=["40x8", "30x24", "20x4"])
def test_picture_with_little_room(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(Shown(6), terminal_size=size, run_before=second)
