"""Parts of a component, each a picture of its own, put together to one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from widgets.cycle_picture.grid import EdgePlace, Grid, NodePlace
from widgets.cycle_picture.model import CycleModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Offset

    from widgets.cycle_picture.canvas import Canvas
    from widgets.cycle_picture.grid import Place


@dataclass(frozen=True, slots=True)
class Part:
    """Some tasks of a component and the links among them."""

    model: CycleModel
    """They alone, with their numbers in the whole."""
    tasks: tuple[int, ...]
    """Their places in the whole."""
    edges: tuple[int, ...]


def part_of(model: CycleModel, tasks: Sequence[int], covered: Sequence[int] = ()) -> Part:
    """``tasks``, in their order, with the links among them, but for those ``covered`` elsewhere."""
    place = {task: index for index, task in enumerate(tasks)}
    elsewhere = set(covered)
    edges = tuple(
        index
        for index, edge in enumerate(model.edges)
        if edge.waiter in place and edge.waited_for in place and index not in elsewhere
    )
    alone = CycleModel(
        tasks=tuple(model.tasks[task] for task in tasks),
        edges=tuple(
            replace(edge, waiter=place[edge.waiter], waited_for=place[edge.waited_for])
            for edge in (model.edges[index] for index in edges)
        ),
        cuts=tuple(edges.index(cut) for cut in model.cuts if cut in edges),
        numbers=tuple(model.number(task) for task in tasks),
    )
    return Part(alone, tuple(tasks), edges)


class Collage:
    """A picture of ``model`` that is being put together on ``canvas``."""

    def __init__(self, model: CycleModel, canvas: Canvas) -> None:
        self._model, self._canvas = model, canvas
        self._nodes: list[NodePlace] = []
        self._cells: dict[int, set[Place]] = {}
        self._heads: dict[int, Place] = {}
        self._scissors: dict[int, Place] = {}

    def add(self, part: Part, grid: Grid, at: Offset) -> None:
        """Put the picture of a part with its upper left corner at a cell."""
        self._canvas.put(grid, at)
        for node in grid.nodes:
            box, label = node.box.translate(at), node.label.translate(at)
            self._nodes.append(NodePlace(part.tasks[node.task], box, label))
        for edge in grid.edges:
            own = part.edges[edge.edge]
            self.mark(own, {(x + at.x, y + at.y) for x, y in edge.cells})
            self._heads[own] = (edge.head[0] + at.x, edge.head[1] + at.y)
            if edge.scissors is not None:
                self._scissors[own] = (edge.scissors[0] + at.x, edge.scissors[1] + at.y)

    def mark(self, edge: int, cells: set[Place]) -> None:
        """A link shows in these cells too."""
        self._cells.setdefault(edge, set()).update(cells)
        if edge not in self._heads:
            self._heads[edge] = min(cells)
        if edge in self._model.cuts and edge not in self._scissors:
            self._scissors[edge] = min(cells)

    def finish(self, form: str) -> Grid:
        """The whole picture. KeyError when a link is in no part."""
        shared: dict[frozenset[Place], frozenset[Place]] = {}  # blocks of a matrix stand for many
        cells = (frozenset(self._cells[index]) for index in range(len(self._model.edges)))
        edges = tuple(
            EdgePlace(
                index,
                shared.setdefault(own, own),
                self._heads[index],
                self._scissors.get(index),
            )
            for index, own in enumerate(cells)
        )
        canvas = self._canvas
        return Grid(canvas.width, canvas.height, canvas.rows(), tuple(self._nodes), edges, form)
