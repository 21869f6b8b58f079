"""persist-queue's SQLite queue with acknowledgements.

It sets WAL and leaves `synchronous` as SQLite was built, so that is set here on the connection that
writes. Acknowledged rows stay, and its search for the next row passes them all: the more a run
delivers, the slower it gets.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from persistqueue import Empty, SQLiteAckQueue

from benchmarks import threads
from benchmarks.measure import PAYLOAD, Contestant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from benchmarks.measure import Sizes

NAME = "persist-queue"


class Persist:
    def __init__(self, folder: Path, durability: str) -> None:
        self.queue = SQLiteAckQueue(str(folder), multithreading=True, auto_commit=True)
        # there is no public way to its connection, and it says that it may be None
        writing: Any = self.queue._putter  # noqa: SLF001
        writing.execute(f"PRAGMA synchronous = {durability}")

    def put(self) -> int | None:
        return self.queue.put(PAYLOAD)

    def get(self) -> int | None:
        try:
            item = self.queue.get(block=False, raw=True)
        except Empty:
            return None
        number: int = item["pqid"]
        self.queue.ack(id=number)
        return number


@contextmanager
def opened(folder: Path, durability: str) -> Iterator[Persist]:
    peer = Persist(folder, durability)
    try:
        yield peer
    finally:
        peer.queue.close()


def contestant(durability: str) -> Contestant:
    def run(folder: Path, sizes: Sizes) -> Mapping[str, float]:
        return threads.measure(NAME, partial(opened, durability=durability), folder, sizes)

    how = f"PRAGMA synchronous={durability} on its writing connection, WAL, auto_commit; get, ack"
    return Contestant(NAME, durability, how, run)
