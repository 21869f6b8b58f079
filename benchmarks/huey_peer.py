"""huey's SQLite storage, through what its producers and its consumer's worker call.

Its consumer deletes a task as it takes it, so there is nothing to acknowledge: a crash while the
task runs loses it.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from huey import SqliteHuey

from benchmarks import threads
from benchmarks.measure import PAYLOAD, Contestant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from benchmarks.measure import Sizes

NAME = "huey"
HOW = {
    "FULL": "fsync=True (synchronous=FULL)",
    "NORMAL": "PRAGMA synchronous=NORMAL on storage.conn; huey has no such option",
    "OFF": "fsync=False (synchronous=OFF)",
}


class Huey:
    def __init__(self, folder: Path, durability: str) -> None:
        fsync = durability != "OFF"
        self.huey = SqliteHuey("bench", filename=str(folder / "huey.db"), fsync=fsync)
        if durability == "NORMAL":  # one connection serves all threads, so this holds for all
            self.huey.storage.conn.execute("PRAGMA synchronous = NORMAL")
        self._task = self.huey.task(name="noop")(_nothing)

    def put(self) -> str:
        return str(self.huey.enqueue(self._task.s(**PAYLOAD)).id)

    def get(self) -> str | None:
        task = self.huey.dequeue()
        if task is None:
            return None
        self.huey.execute(task)
        return str(task.id)


def _nothing(n: int) -> None:
    """The handler."""


@contextmanager
def opened(folder: Path, durability: str) -> Iterator[Huey]:
    folder.mkdir()
    peer = Huey(folder, durability)
    try:
        yield peer
    finally:
        peer.huey.storage.close()


def contestant(durability: str) -> Contestant:
    def run(folder: Path, sizes: Sizes) -> Mapping[str, float]:
        return threads.measure(NAME, partial(opened, durability=durability), folder, sizes)

    how = f"{HOW[durability]}, WAL; dequeue and execute, at most once: no acknowledgement"
    return Contestant(NAME, durability, how, run)
