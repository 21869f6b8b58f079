"""The picture of a cycle: how long it is drawn, and how long a key is held while it is shown.

There is no other program that draws cycles in a terminal. What a key costs is compared with what it
costs in a widget of the same size that is painted anew with lines of text.
"""

from __future__ import annotations

import asyncio
import time
from itertools import cycle
from statistics import median, quantiles
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.app import App
from textual.strip import Strip
from textual.widget import Widget

from benchmarks.components import SHAPES, component
from benchmarks.holding import watched
from benchmarks.measure import Contestant
from widgets.cycle_picture.kept import Wanted
from widgets.cycle_picture.widget import CyclePicture

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.pilot import Pilot

    from benchmarks.measure import Sizes

SIZES = ((72, 22), (150, 40), (190, 50))
WIDTH, HEIGHT = 150, 40
SHOWN = ((10, 3), (40, 40), (500, 500), (5_000, 5_000))
"""Those that keys are pressed in."""


class PlainText(Widget, can_focus=True):
    """Lines of text that change with every key."""

    BINDINGS = [("tab", "change", "Another text")]  # noqa: RUF012 - as Textual has it
    turn = 0

    def action_change(self) -> None:
        self.turn += 1
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        line = f"{self.turn} line {y} of a text that is as wide as its widget "
        return Strip([Segment((line * (width // len(line) + 1))[:width], self.rich_style)], width)


class Stand(App[None]):
    """One widget on the whole screen."""

    def __init__(self, shown: Widget) -> None:
        super().__init__()
        self.animation_level = "none"
        self.shown = shown

    def compose(self) -> ComposeResult:
        yield self.shown

    async def settled(self, pilot: Pilot[None]) -> None:
        await pilot.pause()
        await self.workers.wait_for_complete()
        await pilot.pause()


def drawing(_: Path, sizes: Sizes) -> dict[str, float]:
    """Milliseconds to draw each component in each size."""
    found = {}
    for shape in SHAPES:
        model = component(*shape)
        for size in SIZES:
            wanted = Wanted.of(model, size, ascii_only=False)
            taken = [_timed(wanted) for _ in range(sizes.pictures)]
            name = f"draw {_named(shape)}, {size[0]}x{size[1]}"
            walls, used = [wall for wall, _ in taken], [cpu for _, cpu in taken]
            found.update(_spread(name, walls))
            found[f"{name} processor time"] = median(used)
    return found


def _named(shape: tuple[int, int]) -> str:
    return f"{shape[0]:,} tasks {shape[1]:,} across"


def _timed(wanted: Wanted) -> tuple[float, float]:
    started, used = time.perf_counter(), time.thread_time()
    if not wanted.draw().form:
        raise SystemExit(f"{len(wanted.model.tasks)} tasks could not be drawn")
    return 1000 * (time.perf_counter() - started), 1000 * (time.thread_time() - used)


def _spread(name: str, values: Sequence[float]) -> dict[str, float]:
    return {
        f"{name} p50": median(values),
        f"{name} p95": quantiles(values, n=20, method="inclusive")[-1],
        f"{name} max": max(values),
    }


def keys(_: Path, sizes: Sizes) -> dict[str, float]:
    """The longest that a callback held the loop after each key, with pictures of each kind."""
    return asyncio.run(_keys(sizes.keys))


async def _keys(times: int) -> dict[str, float]:
    found = {}
    for shape in SHOWN:
        picture = CyclePicture(component(*shape))
        app = Stand(picture)
        async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
            picture.focus()
            await app.settled(pilot)
            for name, act in _acts(pilot, picture).items():
                found.update(await _held(f"key {name}, {_named(shape)}", app, pilot, act, times))
    return found


def _acts(pilot: Pilot[None], picture: CyclePicture) -> dict[str, Callable[[], Awaitable[None]]]:
    ascii_only = cycle((True, False))

    async def characters() -> None:
        picture.show(picture.model, ascii_only=next(ascii_only))

    return {
        "tab": lambda: pilot.press("tab"),
        "enter": lambda: pilot.press("enter"),
        "characters": characters,
        "resize": _resizing(pilot),
    }


def _resizing(pilot: Pilot[None]) -> Callable[[], Awaitable[None]]:
    smaller = cycle(range(1, 12))

    async def resize() -> None:
        await pilot.resize_terminal(WIDTH - next(smaller), HEIGHT)

    return resize


async def _held(
    name: str, app: Stand, pilot: Pilot[None], act: Callable[[], Awaitable[None]], times: int
) -> dict[str, float]:
    held, used = [], []
    for _ in range(times):
        app.shown.focus()  # tab leaves the picture after the last task
        await app.settled(pilot)
        with watched() as blocks:
            await act()
            await app.settled(pilot)
        held.append(1000 * blocks.longest)
        used.append(1000 * blocks.busiest)
    return {**_spread(name, held), f"{name} processor time": median(used)}


def plain(_: Path, sizes: Sizes) -> dict[str, float]:
    """The same for a widget of text."""
    return asyncio.run(_plain(sizes.keys))


async def _plain(times: int) -> dict[str, float]:
    widget = PlainText()
    app = Stand(widget)
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        tab = await _held("key tab", app, pilot, lambda: pilot.press("tab"), times)
        return {**tab, **await _held("key resize", app, pilot, _resizing(pilot), times)}


def contestants() -> list[Contestant]:
    where = f"in {WIDTH}x{HEIGHT} cells"
    return [
        Contestant("vespera", "-", "each component in each size, in the main thread", drawing),
        Contestant("vespera keys", "-", f"one picture {where}, keys one after the other", keys),
        Contestant("lines of text", "-", f"a widget {where}, painted anew by each key", plain),
    ]
