"""How the screens look with something opened, typed or selected, or in a size in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.vespera_tui.looks import app_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.pilot import Pilot


SMALL, MIDDLING = (80, 24), (120, 40)
LOOKS: dict[str, tuple[tuple[int, int], str, Sequence[str], str]] = {
    "operations-80": (SMALL, "vespera-dark", ("2", "down", "space", "space"), "busy"),
    "operations-120-details": (
        MIDDLING,
        "vespera-light",
        ("2", *"/state:failed", "enter", "enter"),
        "busy",
    ),
    "overview-chart-80": (SMALL, "vespera-dark", ("g", ">"), "busy"),
    "overview-160": ((160, 50), "vespera-light", (">", ">"), "busy"),
    "tasks-80": (SMALL, "vespera-dark", ("5", "down", "enter"), "busy"),
    "tasks-120": (MIDDLING, "vespera-light", ("5", *"/is:blocked", "enter", "enter"), "busy"),
    "tasks-form": (SMALL, "vespera-ansi", ("5", "i"), "busy"),
    "stores-120": (MIDDLING, "vespera-ansi", ("6",), "busy"),
    "logs-120": (MIDDLING, "vespera-light", ("7", *"/level:warning", "enter", "enter"), "busy"),
    "settings-80": (SMALL, "vespera-ansi", ("8", *"/section:alerts", "enter"), "busy"),
    "cycles-80-task": (SMALL, "vespera-light", ("3", "tab", "enter"), "busy"),
    "help": (SMALL, "vespera-dark", ("2", "?"), "read-only"),
    "bulk": (MIDDLING, "vespera-colour-blind-safe", ("2", "*", "X"), "busy"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_it_looks_as_before(snap_compare: Any, name: str) -> None:
    size, theme, keys, state = LOOKS[name]
    app = app_of(state, theme)

    async def settled(pilot: Pilot[None]) -> None:
        await app.opened(pilot)
        for key in keys:
            await pilot.press(key)
            await app.look(pilot)
        await app.look(pilot, 3)

    assert snap_compare(app, terminal_size=size, run_before=settled)
