"""What an engine costs that has nothing to do: its own process and its children."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.measure import Contestant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Sizes

PROGRAM = Path(sys.executable).with_name("vespera-tui")
START_SECONDS = 60.0
SETTLE_SECONDS = 5.0
"""After it says that it runs: first rounds of the services, caches, the loader's rest."""
STOP_SECONDS = 30.0
MEGABYTE = 1_000_000


@contextmanager
def engine(folder: Path) -> Iterator[psutil.Process]:
    """A headless engine that has started; it is stopped as a person would, by a signal."""
    log = folder / "engine.log"
    command = [str(PROGRAM), "--headless", "--data-dir", str(folder / "data")]
    with log.open("wb") as output:
        started = subprocess.Popen(  # noqa: S603 - this program itself
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        _wait_until_running(started, log)
        yield psutil.Process(started.pid)
        if started.poll() is not None:
            raise _ended(started, log)
    finally:
        started.terminate()
        try:
            started.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def _wait_until_running(started: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while '"event": "running"' not in _text(log):
        if started.poll() is not None:
            raise _ended(started, log)
        if time.monotonic() > limit:
            raise SystemExit(f"the engine did not start in {START_SECONDS:.0f} s:\n{_text(log)}")
        time.sleep(0.1)


def _ended(started: subprocess.Popen[bytes], log: Path) -> SystemExit:
    return SystemExit(f"the engine ended with {started.returncode}:\n{_text(log)[-2000:]}")


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def measure(folder: Path, sizes: Sizes) -> dict[str, float]:
    with engine(folder) as main:
        time.sleep(min(SETTLE_SECONDS, sizes.idle_seconds))
        children = main.children(recursive=True)
        before = time.monotonic(), _cpu_seconds([main]), _cpu_seconds(children)
        time.sleep(sizes.idle_seconds)
        # a child that ended meanwhile raises here: then the engine was not idle
        seconds = time.monotonic() - before[0]
        own, theirs = _cpu_seconds([main]) - before[1], _cpu_seconds(children) - before[2]
        return {
            "idle CPU main": 100 * own / seconds,
            "idle CPU children": 100 * theirs / seconds,
            "idle memory main": main.memory_info().rss / MEGABYTE,
            "idle memory children": sum(c.memory_info().rss for c in children) / MEGABYTE,
            "idle children": float(len(children)),
        }


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def contestant() -> Contestant:
    return Contestant("vespera", "FULL", "vespera-tui --headless, empty store", measure)
