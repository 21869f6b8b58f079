"""How the screens look: sizes by themes by states, over activity that is the same each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import StoreUnavailableError
from engine.operation_views import OperationsPage
from vespera_tui.app import VesperaApp
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.screens.listing import PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.pilot import Pilot

    from tests.vespera_tui.conftest import Until

SMALL, MIDDLING, LARGE = (80, 24), (120, 40), (200, 60)
LOOKS: dict[str, tuple[tuple[int, int], str, Sequence[str], str]] = {
    "operations-80": (SMALL, "vespera-dark", ("2", "down", "space", "space"), "busy"),
    "operations-120-details": (
        MIDDLING,
        "vespera-light",
        ("2", *"/state:failed", "enter", "enter"),
        "busy",
    ),
    "operations-200": (LARGE, "vespera-ansi", ("2", "down"), "busy"),
    "operations-failing": (SMALL, "vespera-dark", ("2",), "failing"),
    "operations-empty": (SMALL, "vespera-dark", ("2",), "empty"),
    "operations-read-only": (SMALL, "vespera-dark", ("2",), "read-only"),
    "errors-80": (SMALL, "vespera-light", ("4",), "busy"),
    "errors-160": ((160, 50), "vespera-dark", ("4", "down"), "busy"),
    "overview-chart-80": (SMALL, "vespera-dark", ("g", ">"), "busy"),
    "overview-160": ((160, 50), "vespera-light", (">", ">"), "busy"),
    "tasks-80": (SMALL, "vespera-dark", ("5", "down", "enter"), "busy"),
    "tasks-120": (MIDDLING, "vespera-light", ("5", *"/is:blocked", "enter", "enter"), "busy"),
    "tasks-form": (SMALL, "vespera-ansi", ("5", "i"), "busy"),
    "tasks-read-only": (SMALL, "vespera-dark", ("5",), "read-only"),
    "stores-80": (SMALL, "vespera-dark", ("6",), "busy"),
    "stores-120": (MIDDLING, "vespera-ansi", ("6", "enter"), "busy"),
    "logs-80": (SMALL, "vespera-dark", ("7",), "busy"),
    "logs-120": (MIDDLING, "vespera-light", ("7", *"/level:warning", "enter", "enter"), "busy"),
    "settings-80": (SMALL, "vespera-ansi", ("8", *"/section:alerts", "enter"), "busy"),
    "settings-160": ((160, 50), "vespera-dark", ("8", *"/by:file", "enter"), "busy"),
    "help": (SMALL, "vespera-dark", ("2", "?"), "read-only"),
    "bulk": (MIDDLING, "vespera-colour-blind-safe", ("2", "*", "X"), "busy"),
}


class Failing(DemoEngine):
    """Can't read the part of its queue that the screen asks for."""

    async def operations_page(self, query: Any) -> OperationsPage:
        if query.limit == PAGE:
            raise StoreUnavailableError("sqlite", "disk I/O error")
        return await super().operations_page(query)


class Empty(DemoEngine):
    """Has nothing to list."""

    async def operations_page(self, query: Any) -> OperationsPage:  # noqa: ARG002 - EngineAPI
        return OperationsPage()


ENGINES = {"failing": Failing, "empty": Empty}


@pytest.mark.parametrize("name", LOOKS)
def test_it_looks_as_before(snap_compare: Any, until: Until, name: str) -> None:
    size, theme, keys, state = LOOKS[name]
    app = VesperaApp(
        ENGINES.get(state, DemoEngine)(FixedClock()).opener(),
        config_profile="development",
        refresh_per_second=0.01,
        clock=FixedClock(),
        theme=theme,
        read_only=state == "read-only",
    )
    app.animation_level = "none"

    async def settled(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.services)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            await pilot.pause()
        for _ in range(3):
            await app.session.feed.poll()  # type: ignore[union-attr]  # it is open
            await pilot.pause()
            await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=settled)
