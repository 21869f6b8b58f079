"""``python -m vespera_tui.demo.pictures [FOLDER]`` draws the README's pictures of the dashboard.

They show the demonstration at a fixed time, and are the same bytes each time.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vespera_tui.app import VesperaApp
from vespera_tui.demo.clock import NOW, FixedClock
from vespera_tui.demo.engine import made_up

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from vespera_tui.demo.engine import DemoEngine

FOLDER = Path("docs")
MOMENT = NOW - 6
"""While Kuzu is away for a moment, and so something has to be told."""
COLUMNS = 120
SLOWEST = 0.01
"""Polls a second: none by itself before the picture is taken."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: what is pressed before it is taken, after how many seconds."""

    name: str
    keys: tuple[str, ...] = ()
    seconds: int = 0
    """With a poll each, so that the curves have a past."""
    rows: int = 40


PICTURES = (
    Picture("overview", seconds=85),
    Picture(
        "operations",
        ("2", "/", *"service:sync state:failed", "enter", "space", "space", "down", "space",
         "enter"),
    ),
    Picture("cycles", ("3", "tab", "tab")),
    Picture("errors", ("4", "enter"), rows=32),
)  # fmt: skip


def still_app(engine: DemoEngine, error: Exception | None = None, **options: Any) -> VesperaApp:
    """The dashboard over ``engine``, without time or animation; ``error`` fails its opening.

    ``options`` are further ones of :class:`VesperaApp`.
    """
    app = VesperaApp(
        engine.opener(error),
        **{
            "config_profile": "development",
            "refresh_per_second": SLOWEST,
            "clock": engine.activity.time,
            **options,
        },
    )
    app.animation_level = "none"
    return app


async def look(pilot: Pilot[None]) -> None:
    """Have the engine asked, and what it answers painted."""
    app = pilot.app
    if not isinstance(app, VesperaApp):
        raise TypeError(f"a VesperaApp is needed, not {type(app).__name__}")
    while app.session.feed is None or not app.services:
        await pilot.pause()
    await app.session.feed.poll()
    for _ in range(2):  # the second is for what was asked for at the first
        await pilot.pause()


async def draw(picture: Picture) -> str:
    """The picture as SVG; the same text each time."""
    clock = FixedClock(MOMENT - picture.seconds)
    app = still_app(made_up(clock))
    async with app.run_test(size=(COLUMNS, picture.rows)) as pilot:
        for _ in range(picture.seconds):
            await look(pilot)
            clock.time += 1
        for key in picture.keys:
            await pilot.press(key)
            await look(pilot)
        await look(pilot)
        return app.picture()


def main(arguments: list[str]) -> None:
    """Write the pictures to the folder named, or to docs."""
    os.environ["TZ"] = "UTC"  # the same pictures everywhere
    time.tzset()
    folder = Path(arguments[0]) if arguments else FOLDER
    for picture in PICTURES:
        path = folder / f"{picture.name}.svg"
        path.write_text(asyncio.run(draw(picture)), encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
