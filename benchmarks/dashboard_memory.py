"""Whether the memory of a dashboard stays flat that a person walks about in while all changes."""

from __future__ import annotations

import statistics
import time
from itertools import cycle
from typing import TYPE_CHECKING

from benchmarks.dashboard import SIZE, shows
from benchmarks.idle import MEGABYTE, PROGRAM
from benchmarks.measure import Contestant, say
from benchmarks.terminal import terminal

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Sizes

WALK = ("2", "j", "\r", "3", "\t", "4", "5", "6", "7", "8", "?", "\x1b", "1", "g", "g")
"""Through all screens, with details, a node of a cycle, help and the chart."""
A_STEP_SECONDS = 2.0
PARTS = 6


def contestant() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        command = [str(PROGRAM), "--demo-feed", "--data-dir", str(folder)]
        taken: list[float] = []
        with terminal(command, SIZE) as screen:
            screen.until(shows("● running"))
            end = time.monotonic() + 60 * sizes.memory_minutes
            for key in cycle(WALK):
                screen.press(key)
                screen.watch(A_STEP_SECONDS)
                taken.append(screen.process.memory_info().rss / MEGABYTE)
                if time.monotonic() > end:
                    break
        return _parts(taken)

    how = f"--demo-feed at {SIZE[0]}x{SIZE[1]}, a key every {A_STEP_SECONDS:.0f} s"
    return Contestant("vespera", "FULL", how, run)


def _parts(taken: list[float]) -> dict[str, float]:
    """The median of each sixth of the time, and the greatest of all."""
    say(f"{len(taken)} readings of the memory")
    width = max(len(taken) // PARTS, 1)
    found = {
        f"memory part {part + 1} of {PARTS}": statistics.median(chunk)
        for part in range(PARTS)
        if (chunk := taken[part * width : (part + 1) * width])
    }
    return {**found, "memory greatest": max(taken)}
