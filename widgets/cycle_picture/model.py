"""What a cycle picture shows, as frozen values: a component of tasks that wait for one another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CycleTask:
    """A task of the component."""

    id: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class CycleEdge:
    """One task waits for another; both are places in :attr:`CycleModel.tasks`, from 0."""

    waiter: int
    waited_for: int
    kinds: tuple[str, ...] = ("blocks",)
    """The kinds of the links that say so."""


@dataclass(frozen=True, slots=True)
class CycleModel:
    """A component, its tasks in the order they are drawn and numbered in (from 1).

    ``edges`` holds each pair of tasks at most once; see ``making.cycle_model``, which makes one
    from names.
    """

    tasks: tuple[CycleTask, ...]
    edges: tuple[CycleEdge, ...]
    cycle: tuple[int, ...] = ()
    """A shortest cycle: the last waits for the first."""
    cuts: tuple[int, ...] = ()
    """The edges, as their places in ``edges``, that are suggested for cutting together."""
    reason: str = ""
    """Why those."""
    note: str = ""
    """What else is worth a line: its age, how many cycles it holds."""
    numbers: tuple[int, ...] = ()
    """Numbers that the tasks are shown with, when they are part of a larger component."""

    def number(self, task: int) -> int:
        """The number that the task at a place is shown with."""
        return self.numbers[task] if self.numbers else task + 1

    @property
    def digits(self) -> int:
        """Of the largest number."""
        return len(str(max(self.numbers, default=len(self.tasks))))


NOTHING = CycleModel((), ())
"""No component."""
