"""What is on the screen of an app that a test drives, and waiting until something is so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from textual import _wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

PATIENCE = 60
"""Seconds until what was waited for is given up; a busy machine is no failure."""

# A pilot calls the app idle when it worked less than a fifth of so many seconds, and waits as
# long after every key: a quarter of Textual's own, and the tests that type take half the time.
_wait.SLEEP_GRANULARITY = 0.005
_wait.SLEEP_IDLE = _wait.SLEEP_GRANULARITY / 5


def shown(app: Any) -> str:
    """What is on the screen, as text."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Let the app work until something is so, and a question that it asks can be answered."""
    given_up = time.monotonic() + PATIENCE
    while not (condition() and getattr(pilot.app.screen, "answerable", True)):
        if time.monotonic() > given_up:
            pytest.fail(f"this did not come true; the screen is\n{shown(pilot.app)}")
        await pilot.pause()
