"""How the tests write into lines: the first character by its key, the rest as a terminal pastes it.

Each key makes Textual lay the screen out again, which would be most of what the tests cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.events import Paste

from widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.vespera_tui.conftest import Until


async def write(pilot: Pilot[Any], text: str) -> None:
    """Write ``text`` where the cursor is."""
    await pilot.press(*text[:1])
    if text[1:]:
        pilot.app.post_message(Paste(text[1:]))
        await pilot.pause()


async def filter_by(pilot: Pilot[Any], until: Until, words: str) -> None:
    """Open the line of the filter, write behind what stands there, and enter it."""
    await pilot.press("/")
    await until(pilot, lambda: isinstance(pilot.app.focused, SafeInput))
    await write(pilot, words)
    await pilot.press("enter")
