"""Questions about all tasks at once: bottlenecks and the critical path.

Pure functions on ``(who waits, for whom)`` pairs. They take a second or two at a hundred thousand
tasks and need scipy, so they run in a child process.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from engine.cycles.components import components

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS = 1 << 14
"""Tasks counted in one pass: bounds the memory to 2 kB a task."""


class Order:
    """The tasks in groups, a group a number: a task alone, or all tasks of a cycle.

    ``members`` by group; ``behind``: the groups that wait directly for it; ``order``: all groups,
    each after those behind it.
    """

    def __init__(self, waits: Sequence[tuple[str, str]], tasks: Iterable[str] = ()) -> None:
        cycles = components(waits)
        group_of = {task: number for number, group in enumerate(cycles) for task in group}
        self.cycles = len(cycles)
        """The groups below this number are cycles."""
        self.members: list[list[str]] = cycles
        for task in chain.from_iterable((tasks, *waits)):
            if task not in group_of:
                group_of[task] = len(self.members)
                self.members.append([task])
        self.behind: list[list[int]] = [[] for _ in self.members]
        before: list[list[int]] = [[] for _ in self.members]
        for waiter, waited_for in waits:
            here, there = group_of[waiter], group_of[waited_for]
            if here != there:
                self.behind[there].append(here)
                before[here].append(there)
        self.order = self._sorted(before)

    def _sorted(self, before: Sequence[Sequence[int]]) -> list[int]:
        """Kahn (1962)."""
        left = [len(waiters) for waiters in self.behind]
        found = [group for group, count in enumerate(left) if not count]
        for group in found:
            for waited_for in before[group]:
                left[waited_for] -= 1
                if not left[waited_for]:
                    found.append(waited_for)
        return found


def waiting_behind(waits: Sequence[tuple[str, str]]) -> tuple[dict[str, int], set[str]]:
    """How many tasks wait for each over any number of links, and the tasks in cycles.

    Sets of tasks are bits of whole numbers, joined along the order, so many columns a pass. A task
    in a cycle waits for itself, but is not counted among those behind it.
    """
    order = Order(waits)
    totals = [-1] * len(order.members)  # each is in its own set
    tasks = sum(map(len, order.members))
    for start in range(0, tasks, COLUMNS):
        for group, mask in enumerate(_masks(order, start, start + COLUMNS)):
            totals[group] += mask.bit_count()
    counts = {
        task: total
        for members, total in zip(order.members, totals, strict=True)
        for task in members
    }
    return counts, {task for members in order.members[: order.cycles] for task in members}


def _masks(order: Order, start: int, end: int) -> list[int]:
    """By group: itself and those behind it, of the tasks numbered from ``start`` to ``end``."""
    masks = [0] * len(order.members)
    number = 0
    for group, members in enumerate(order.members):
        low, high = max(number, start), min(number + len(members), end)
        if low < high:
            masks[group] = ((1 << (high - low)) - 1) << (low - start)
        number += len(members)
    for group in order.order:
        mask = masks[group]
        for waiter in order.behind[group]:
            mask |= masks[waiter]
        masks[group] = mask
    return masks


def longest_chain(tasks: Iterable[str], waits: Sequence[tuple[str, str]]) -> tuple[list[str], int]:
    """A chain with the most tasks, each waiting for the one before it, and how many were left out.

    Tasks in cycles are left out: the longest way through them has no end.
    """
    order = Order(waits, tasks)
    length = [0] * len(order.members)
    following: dict[int, int] = {}
    for group in order.order:
        if group < order.cycles:
            continue
        waiters = [waiter for waiter in order.behind[group] if waiter >= order.cycles]
        if waiters:
            following[group] = max(waiters, key=length.__getitem__)
            length[group] = length[following[group]]
        length[group] += 1
    left_out = sum(map(len, order.members[: order.cycles]))
    here = length.index(max(length)) if order.cycles < len(length) else None
    found: list[str] = []
    while here is not None:
        found += order.members[here]
        here = following.get(here)
    return found, left_out
