"""The orders of a component's tasks: around the ring, in short cycles, and once a link is cut.

Pure functions on places; an edge ``(a, b)`` says that a waits for b.
"""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Edge = tuple[int, int]

RING_STEPS = 4_000
"""Steps that the search for a ring through all tasks may take."""
CYCLE_STEPS = 60_000
"""Edges that the search for further short cycles may follow."""


def following(count: int, edges: Iterable[Edge]) -> list[list[int]]:
    """Whom each of ``count`` tasks waits for, in order, itself left out."""
    found: list[set[int]] = [set() for _ in range(count)]
    for waiter, waited_for in edges:
        if waiter != waited_for:
            found[waiter].add(waited_for)
    return [sorted(each) for each in found]


def ring_order(
    count: int, edges: Sequence[Edge], cycle: Sequence[int], most: int = 40
) -> list[int]:
    """All tasks so that many wait for the next one: a ring through all where one is found.

    Begins as ``cycle`` does. Otherwise, or with more than ``most`` tasks, the cycle comes first
    and then path after path of the tasks left (an ear decomposition).
    """
    onward = following(count, edges)
    if len(cycle) < count <= most:
        found = _hamiltonian(onward, cycle[0] if cycle else 0)
        if found:
            return found
    return _with_ears(count, onward, list(cycle) or [0])


def _hamiltonian(onward: Sequence[Sequence[int]], start: int) -> list[int] | None:
    """A ring through all tasks, by backtracking within RING_STEPS; None when none was found."""
    path, on_path = [start], {start}
    choices = [iter(onward[start])]
    for _ in range(RING_STEPS):
        if len(path) == len(onward) and start in onward[path[-1]]:
            return path
        step = next((task for task in choices[-1] if task not in on_path), None)
        if step is not None:
            path.append(step)
            on_path.add(step)
            choices.append(iter(onward[step]))
        elif len(path) == 1:
            return None
        else:
            choices.pop()
            on_path.discard(path.pop())
    return None


def _with_ears(count: int, onward: Sequence[Sequence[int]], order: list[int]) -> list[int]:
    placed = set(order)
    ahead = [iter(each) for each in onward]  # what was passed over once is placed for good

    def step(task: int) -> int | None:
        return next((there for there in ahead[task] if there not in placed), None)

    for start in order:  # which grows meanwhile
        while (here := step(start)) is not None:
            while here is not None:
                placed.add(here)
                order.append(here)
                here = step(here)
    return order + [task for task in range(count) if task not in placed]


def short_cycles(
    count: int, edges: Iterable[Edge], known: Sequence[int], limit: int
) -> list[list[int]]:
    """Up to ``limit`` different cycles, each shortest through one of its tasks, shortest first.

    ``known`` is among them. Few are looked for in a large component: the search has a budget.
    """
    onward = following(count, edges)
    found = {frozenset(known): list(known)} if known else {}
    steps = CYCLE_STEPS
    for task in range(count):
        if steps <= 0:
            break
        cycle, taken = _cycle_through(task, onward)
        steps -= taken
        if cycle:
            found.setdefault(frozenset(cycle), cycle)
    return sorted(found.values(), key=lambda each: (each != list(known), len(each)))[:limit]


def _cycle_through(
    start: int, onward: Sequence[Sequence[int]], first: int | None = None
) -> tuple[list[int], int]:
    """A shortest cycle from ``start``, by ``first`` if given; and the edges that were followed."""
    before: dict[int, int] = {}
    front, steps = deque([start]), 0
    while front:
        here = front.popleft()
        for there in onward[here] if first is None or before else (first,):
            steps += 1
            if there == start:
                return _trace(before, start, here), steps
            if there not in before:
                before[there] = here
                front.append(there)
    return [], steps


def cycle_cover(
    count: int, edges: Sequence[Edge], known: Sequence[int], most: int
) -> list[list[int]] | None:
    """Cycles in which every task and both ends of every edge are together, in few tasks each.

    None when more than ``most`` would be needed, or a task or an edge is in no cycle. A single one
    stands for a ring through all tasks. ``known``, a shortest cycle, comes first.
    """
    onward = following(count, edges)
    ring = _hamiltonian(onward, known[0] if known else 0)
    if ring:
        return [ring]
    cycles = [list(known)] if known else []
    together = [set(cycle) for cycle in cycles]
    for waiter, waited_for in edges:
        if any(waiter in each and waited_for in each for each in together):
            continue
        if len(cycles) == most:
            return None
        cycle, _ = _cycle_through(waiter, onward, first=waited_for)
        if not cycle:
            return None
        cycles.append(cycle)
        together.append(set(cycle))
    return cycles if len(set().union(*together)) == count else None


def _trace(before: Mapping[int, int], start: int, end: int) -> list[int]:
    chain = [end]
    while chain[-1] != start:
        chain.append(before[chain[-1]])
    return chain[::-1]


def work_order(count: int, edges: Iterable[Edge]) -> tuple[list[int], list[int]]:
    """The order to do the tasks in, what is waited for first; and those that no order has.

    The latter are in a cycle still, or behind one.

    Of tasks that could come next, the one with the lowest number does (Kahn 1962).
    """
    waiters: list[list[int]] = [[] for _ in range(count)]
    waits = [0] * count
    for waiter, waited_for in set(edges):
        waiters[waited_for].append(waiter)
        waits[waiter] += 1
    ready = [task for task in range(count) if not waits[task]]
    heapify(ready)
    order: list[int] = []
    while ready:
        task = heappop(ready)
        order.append(task)
        for waiter in waiters[task]:
            waits[waiter] -= 1
            if not waits[waiter]:
                heappush(ready, waiter)
    done = set(order)
    return order, [task for task in range(count) if task not in done]
