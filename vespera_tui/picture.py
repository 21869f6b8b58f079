"""``python -m vespera_tui.picture [FILE]`` draws the dashboard over the scripted engine as SVG."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vespera_tui.app import VesperaApp
from vespera_tui.demo import FixedClock
from vespera_tui.scripted import ScriptedEngine

if TYPE_CHECKING:
    from textual.pilot import Pilot

PATH = Path("docs/overview.svg")
SIZE = (120, 40)
POLLS = 60
"""Polls until the picture is taken: enough to fill the sparklines."""
SLOWEST = 0.01
"""Polls a second: none by itself before the picture is taken."""


def scripted_app(
    engine: ScriptedEngine, error: Exception | None = None, **options: Any
) -> VesperaApp:
    """The dashboard over ``engine``, without time or animation; ``error`` fails its opening.

    ``options`` are further ones of :class:`VesperaApp`.
    """
    app = VesperaApp(
        engine.opener(error),
        config_profile="development",
        refresh_per_second=SLOWEST,
        clock=FixedClock(),
        **options,
    )
    app.animation_level = "none"
    return app


async def play(pilot: Pilot[None], engine: ScriptedEngine, polls: int = POLLS) -> None:
    """Let ``engine`` be polled until it has been ``polls`` times, and the screen painted."""
    app = pilot.app
    if not isinstance(app, VesperaApp):
        raise TypeError(f"a VesperaApp is needed, not {type(app).__name__}")
    while app.session.feed is None or engine.reads < 2:  # noqa: PLR2004 - the feed's own: at the start and after parity
        await pilot.pause()
    while engine.reads < polls:
        await app.session.feed.poll()
    await pilot.pause()
    await pilot.pause()


async def draw(size: tuple[int, int] = SIZE) -> str:
    """The overview as SVG; the same text each time."""
    engine = ScriptedEngine()
    app = scripted_app(engine)
    async with app.run_test(size=size) as pilot:
        await play(pilot, engine)
        return app.picture()


def main(arguments: list[str]) -> None:
    """Write the picture to the file named, or to docs/overview.svg."""
    path = Path(arguments[0]) if arguments else PATH
    path.write_text(asyncio.run(draw()), encoding="utf-8")
    sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
