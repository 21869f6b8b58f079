"""What the peers have in common: threads that put, threads that get, one at a time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from benchmarks.measure import PRODUCERS, check_delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Protocol

    from benchmarks.measure import Sizes

    class Peer(Protocol):
        def put(self) -> Hashable:
            """Store one; its id."""

        def get(self) -> Hashable | None:
            """Take one, do nothing with it and acknowledge it; its id, None when empty."""


def in_threads(number: int, work: Callable[[], Sequence[Hashable]]) -> tuple[list[Hashable], float]:
    """All that the threads return, and the seconds that they took. Raises what one raises."""
    started = time.perf_counter()
    with ThreadPoolExecutor(number) as pool:
        found = [pool.submit(work) for _ in range(number)]
    seconds = time.perf_counter() - started
    return [one for future in found for one in future.result()], seconds


def measure(
    name: str, opened: Callable[[Path], AbstractContextManager[Peer]], folder: Path, sizes: Sizes
) -> dict[str, float]:
    """Once with two threads that get and once with one, and the better of both: threads of one
    process help where a commit waits for the disk, and get in each other's way where it does not.
    """
    best = {"enqueue": 0.0, "deliver": 0.0}
    for workers in (2, 1):
        with opened(folder / str(workers)) as peer:
            each = sizes.operations // PRODUCERS

            def put_some(peer: Peer = peer, each: int = each) -> list[Hashable]:
                return [peer.put() for _ in range(each)]

            def get_all(peer: Peer = peer) -> list[Hashable]:
                return list(iter(peer.get, None))

            ids, producing = in_threads(PRODUCERS, put_some)
            delivered, consuming = in_threads(workers, get_all)
            check_delivery(name, ids, delivered, sizes.operations)
        best["enqueue"] = max(best["enqueue"], sizes.operations / producing)
        best["deliver"] = max(best["deliver"], sizes.operations / consuming)
    return {**best, "deliver singly": best["deliver"]}
