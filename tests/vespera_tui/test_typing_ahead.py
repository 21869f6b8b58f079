"""Keys that come faster than what they do: over a slow line, pasted, or typed by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual import events
from textual.keys import _character_to_key

from tests.vespera_tui.noting import NotingEngine
from vespera_tui.app import VesperaApp
from vespera_tui.demo import FixedClock
from widgets.filter_line import FilterLine

if TYPE_CHECKING:
    from tests.vespera_tui.conftest import Until


def type_at_once(app: VesperaApp, text: str) -> None:
    for character in text:
        key = {"\r": "enter"}.get(character) or _character_to_key(character)
        app.post_message(events.Key(key, character))


@pytest.fixture
def engine() -> NotingEngine:
    return NotingEngine(FixedClock())


@pytest.fixture
def app(engine: NotingEngine) -> VesperaApp:
    return VesperaApp(engine.opener(), config_profile="development", clock=FixedClock())


@pytest.mark.parametrize("screen", ["2", "4", "5", "7", "8"])
async def test_what_is_typed_after_the_slash_goes_into_the_filter(
    app: VesperaApp, engine: NotingEngine, until: Until, screen: str
) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.services)
        type_at_once(app, f"{screen}/dazed")
        typed: Any = None

        def filtered() -> bool:
            nonlocal typed
            found = app.here.query(FilterLine)
            typed = found.first().query_one("Input") if found else None
            return typed is not None and typed.value == "dazed"

        await until(pilot, filtered)
    assert not engine.calls
