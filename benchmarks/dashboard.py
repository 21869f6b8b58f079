"""The dashboard in a terminal of its own: its start, its keys under load, what watching costs."""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
import statistics
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import structlog

from benchmarks import full_file
from benchmarks.idle import MEGABYTE, PROGRAM
from benchmarks.measure import FULL_FILE, Contestant
from benchmarks.terminal import terminal
from engine.database.connection import FILE_NAME
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft
from vespera_tui.places import PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.measure import Sizes
    from benchmarks.terminal import Terminal

NAME, BARE = "vespera", "a bare Textual app"
BARE_COMMAND = [sys.executable, "-m", "benchmarks.bare_dashboard"]
STARTS = 5
SETTLE_SECONDS = 5.0
BETWEEN_KEYS = (0.05, 0.35)
"""Seconds between two keys, at random: they must not fall into step with the feed."""
TASKS = 1_000
ESCAPE = "\x1b"
"""Told apart: Textual's input waits up to 100 ms for the rest of a longer key."""
SIZE = (120, 40)


def dashboard(folder: Path) -> list[str]:
    return [str(PROGRAM), "--data-dir", str(folder)]


def existing_store(folder: Path) -> Path:
    """A store with some tasks, as it is when the dashboard is opened the second time."""

    silent = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=silent)  # or a line a task would be printed

    async def fill() -> None:
        config = ServiceConfiguration(data_dir=folder)
        async with open_engine(config, services=False) as engine:
            for number in range(TASKS):
                await engine.create_task(TaskDraft(f"Task number {number}"))

    asyncio.run(fill())
    return folder


def shows(text: str) -> Callable[[str], bool]:
    return lambda shown: text in shown


# The start


def start() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:  # noqa: ARG001 - as a contestant is run
        store = existing_store(folder / "data")
        painted, opened = [], []
        for _ in range(STARTS):
            with terminal(dashboard(store), SIZE) as screen:
                painted.append(screen.until(shows("VESPERA")) - screen.started)
                opened.append(screen.until(shows("● running")) - screen.started)
        return {
            "dashboard start first paint": statistics.median(painted),
            "dashboard start numbers": statistics.median(opened),
        }

    return Contestant(NAME, "FULL", f"a store of {TASKS:,} tasks, median of {STARTS}", run)


def bare_start() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:  # noqa: ARG001 - as a contestant is run
        painted = []
        for _ in range(STARTS):
            with terminal(BARE_COMMAND, SIZE) as screen:
                painted.append(screen.until(shows("VESPERA")) - screen.started)
        return {"dashboard start first paint": statistics.median(painted)}

    return Contestant(BARE, "FULL", f"one line of text, median of {STARTS}", run)


# The keys


def keys() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        command = [sys.executable, "-m", "benchmarks.busy_dashboard"]
        command += [str(folder / "data"), str(sizes.busy_rate)]
        with terminal(command, SIZE) as screen:
            screen.until(shows("● running"))
            screen.watch(SETTLE_SECONDS)
            first = [_held(screen, *key) for key in _visits()]
            before, began = _numbered(folder / "data"), time.perf_counter()
            taken = [(key[0], _held(screen, *key)) for key in _keys(sizes.pressed)]
            rate = (_numbered(folder / "data") - before) / (time.perf_counter() - began)
        escapes = [ms for key, ms in taken if key == ESCAPE]
        others = [ms for key, ms in taken if key != ESCAPE]
        return {
            **_told("dashboard key", others),
            "dashboard key esc": statistics.median(escapes),
            "first visit max": max(first),
            "meanwhile completed": rate,
        }

    how = f"{len(PLACES)} screens, a list, a filter, help"
    return Contestant(NAME, "FULL", how, run)


def bare_keys() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:  # noqa: ARG001 - as a contestant is run
        with terminal(BARE_COMMAND, SIZE) as screen:
            screen.until(shows("VESPERA"))
            typed, taken = "", []
            for number in range(sizes.pressed):
                typed += chr(ord("a") + number % 26)
                taken.append(_held(screen, typed[-1], shows(typed[-80:])))
        return _told("dashboard key", taken)

    return Contestant(BARE, "FULL", "letters into a line, nothing else to do", run)


def _visits() -> Iterator[tuple[str, Callable[[str], bool]]]:
    for place in (*PLACES[1:], PLACES[0]):
        yield place.key, shows(f"▸{place.key}")


def _keys(number: int) -> Iterator[tuple[str, Callable[[str], bool]]]:
    """``number`` keys and what each must have shown."""
    filtered = "zebra"
    made = 0
    while made < number:
        typed = [(letter, shows(filtered[: n + 1])) for n, letter in enumerate(filtered)]
        round_: list[tuple[str, Callable[[str], bool]]] = [
            *_visits(),
            ("?", shows("Moving about")),
            (ESCAPE, lambda shown: "Moving about" not in shown),
            ("2", shows("▸2")),
            ("/", lambda _: True),
            *typed,
            ("\r", lambda _: True),
            ("1", shows("▸1")),
        ]
        yield from round_[: number - made]
        made += len(round_)


def _held(screen: Terminal, key: str, shown: Callable[[str], bool]) -> float:
    """Milliseconds from the key to the picture that it asks for."""
    screen.watch(random.uniform(*BETWEEN_KEYS))  # noqa: S311 - no secret
    pressed = screen.press(key)
    return 1000 * (screen.until(shown) - pressed)


def _numbered(folder: Path) -> int:
    """The number of the last operation that completed."""
    with closing(sqlite3.connect(f"file:{folder / FILE_NAME}?mode=ro", uri=True)) as connection:
        (last,) = connection.execute("SELECT max(id) FROM finished_operations").fetchone()
    return int(last)


def _told(name: str, taken: Sequence[float]) -> dict[str, float]:
    """Milliseconds."""
    ranked = statistics.quantiles(taken, n=100, method="inclusive")
    return {f"{name} p50": ranked[49], f"{name} p95": ranked[94], f"{name} max": max(taken)}


# A long list


def long_list() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        full_file.build(folder, sizes.rows)
        taken = []
        for _ in range(STARTS):
            with terminal(dashboard(folder), SIZE) as screen:
                screen.until(shows("● running"))
                screen.watch(SETTLE_SECONDS)
                taken.append(_held(screen, "2", shows("noop")))
        return {"long list": statistics.median(taken)}

    return Contestant(NAME, "FULL", "the first key after the start", run, FULL_FILE)


# What watching costs


def share() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        command = [str(PROGRAM), "--demo-feed", "--data-dir", str(folder)]
        with terminal(command, SIZE) as screen:
            screen.until(shows("● running"))
            screen.watch(SETTLE_SECONDS)
            before = sum(screen.process.cpu_times()[:2])
            drawn = screen.watch(sizes.watched_seconds)
            spent = sum(screen.process.cpu_times()[:2]) - before
            memory = screen.process.memory_info().rss / MEGABYTE
        return {
            "watching share": 100 * spent / sizes.watched_seconds,
            "watching drawn": drawn / sizes.watched_seconds / 1000,
            "watching memory": memory,
        }

    how = f"--demo-feed on Overview at {SIZE[0]}x{SIZE[1]}, 2 updates/s"
    return Contestant(NAME, "FULL", how, run)


def feed_alone() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:  # noqa: ARG001 - as a contestant is run
        return {"watching share": asyncio.run(_polled(sizes.watched_seconds))}

    return Contestant("its feed without a screen", "FULL", "the same made-up engine, polled", run)


async def _polled(seconds: float) -> float:
    """Percent of a core that the made-up engine and the feed take by themselves."""
    from vespera_tui.demo import DemoEngine  # noqa: PLC0415 - as late as the program reads it
    from vespera_tui.feed import EngineFeed  # noqa: PLC0415 - as above

    async with DemoEngine().opener()(on_step=lambda _: None) as engine:
        feed = asyncio.create_task(EngineFeed(engine, lambda _: None).run())
        await asyncio.sleep(SETTLE_SECONDS)
        before = time.process_time()
        await asyncio.sleep(seconds)
        spent = time.process_time() - before
        feed.cancel()
        await asyncio.wait([feed])
    return 100 * spent / seconds
