"""From one task of a picture to the next one, in order or in a direction."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from widgets.cycle_picture.grid import Grid

DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
SIDEWAYS = 2.0
"""How much farther a task counts to be per cell that it is off the direction."""


def next_in_order(grid: Grid, task: int | None, by: int) -> int | None:
    """The task drawn ``by`` places after ``task``; None past either end."""
    order = sorted({node.task for node in grid.nodes})
    if not order:
        return None
    if task not in order:
        return order[0] if by > 0 else order[-1]
    at = order.index(task) + by
    return order[at] if 0 <= at < len(order) else None


def nearest(grid: Grid, task: int | None, direction: str) -> int | None:
    """The task nearest in a direction (a key of DIRECTIONS); None when there is none."""
    here = next((node.box for node in grid.nodes if node.task == task), None)
    if here is None:
        return next_in_order(grid, None, 1)
    level, upright = DIRECTIONS[direction]
    found = []
    for node in grid.nodes:
        if node.task == task:
            continue
        x = (node.box.x + node.box.width / 2 - here.x - here.width / 2) / 2
        y = node.box.y + node.box.height / 2 - here.y - here.height / 2
        ahead = x * level + y * upright
        aside = abs(x * upright) + abs(y * level)
        if ahead > 0:
            found.append((hypot(ahead, aside * SIDEWAYS), node.task))
    return min(found)[1] if found else None
