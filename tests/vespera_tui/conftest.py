from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from textual.pilot import Pilot

Shown = Callable[[Any], str]
Until = Callable[[Any, Callable[[], object]], Awaitable[None]]


@pytest.fixture
def shown() -> Shown:
    """What is on the screen, as text."""

    def text(app: Any) -> str:
        return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())

    return text


@pytest.fixture
def until(shown: Shown) -> Until:
    """Lets the app work until something is so."""

    async def wait(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
        for _ in range(300):
            if condition():
                return
            await pilot.pause()
        pytest.fail(f"this did not come true; the screen is\n{shown(pilot.app)}")

    return wait
