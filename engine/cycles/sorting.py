"""A topological order of a whole graph, cycles or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Sequence

UNSEEN, OPEN, DONE = 0, 1, 2
LOT = 50_000
"""Nodes between two calls of ``look``."""


def depth_first(
    after: Sequence[array[int]], look: Callable[[], None] = lambda: None
) -> tuple[list[int], list[tuple[int, int]]]:
    """All nodes in topological order, once the edges returned beside are taken out.

    Those are the edges that lead back into the path being followed (Tarjan 1972); they are removed
    from ``after``, and each closes a cycle with what is left. ``look`` is called now and then; what
    it raises ends the search.
    """
    state = bytearray(len(after))
    done: list[int] = []
    back: list[tuple[int, int]] = []
    for root in range(len(after)):
        if state[root] == UNSEEN:
            _follow(root, after, state, done, back, look)
    for first, then in back:
        after[first].remove(then)
    done.reverse()
    return done, back


def _follow(
    root: int,
    after: Sequence[array[int]],
    state: bytearray,
    done: list[int],
    back: list[tuple[int, int]],
    look: Callable[[], None],
) -> None:
    path = [root]
    left = [iter(after[root])]
    state[root] = OPEN
    while path:
        for node in left[-1]:
            if state[node] == UNSEEN:
                state[node] = OPEN
                path.append(node)
                left.append(iter(after[node]))
                break
            if state[node] == OPEN:
                back.append((path[-1], node))
        else:
            left.pop()
            state[path[-1]] = DONE
            done.append(path.pop())
            if not len(done) % LOT:
                look()
