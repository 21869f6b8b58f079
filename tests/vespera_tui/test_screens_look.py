"""Every screen in every size, theme and state looks as before: many pictures of one app each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_textual_snapshot import SVGImageExtension

from tests.vespera_tui.looks import STATES, app_of
from vespera_tui.places import PLACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syrupy import SnapshotAssertion


SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("vespera-dark", "vespera-light", "vespera-ansi")
EVERY = [(size, theme) for theme in THEMES for size in SIZES]
EXTREMES = [(SIZES[0], THEMES[0]), (SIZES[-1], THEMES[1])]
"""Sizes and themes of a state that is not pictured in every one."""
TELL_CYCLES = ("overview", "cycles", "tasks", "stores")
"""The screens that look another way when there are more cycles."""
POLLS = 30
"""Enough for the curves of the overview."""
SETTLES = 3
"""Polls after which a screen shows all, what it asks for beside the feed too."""


@pytest.mark.parametrize("state", STATES)
async def test_every_screen_looks_as_before(snapshot: SnapshotAssertion, state: str) -> None:
    app, picture = app_of(state), snapshot.use_extension(SVGImageExtension)
    looks: Sequence[tuple[tuple[int, int], str]] = EVERY if state == "busy" else EXTREMES
    changed: list[str] = []
    places = [each.name for each in PLACES if state != "cycles" or each.name in TELL_CYCLES]
    async with app.run_test(size=SIZES[0]) as pilot:
        await app.opened(pilot)
        await app.look(pilot, POLLS)
        for size, theme in looks:
            app.theme = theme
            if app.size != size:
                await pilot.resize_terminal(*size)
            for place in places:
                await app.show_screen(place)
                await app.look(pilot, SETTLES)
                name = f"{place}-{size[0]}x{size[1]}-{theme.removeprefix('vespera-')}"
                if not picture(name=name) == app.export_screenshot():  # noqa: SIM201 - syrupy's ==
                    changed.append(name)
    assert not changed
