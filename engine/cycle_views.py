"""What is told of dependency cycles: frozen values, plain enough to cross a socket.

Times are Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """The link whose removal is suggested."""

    from_: str
    """The task that waits."""
    to: str
    """The task it waits for."""
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class CycleComponent:
    """Tasks that all wait for one another."""

    tasks: tuple[str, ...]
    cycle: tuple[str, ...]
    """A shortest cycle, in order; the last waits for the first."""
    suggested_cut: Cut
    """The first of ``cuts``."""
    edges: tuple[tuple[str, str, str], ...] = ()
    """Waiting edges inside the component, 20,000 at most: who waits, for whom, kind of link."""
    born_at: float = 0.0
    id: int = 0
    """Names it for as long as it lives, however it grows and shrinks; 0 before it is recorded."""
    cuts: tuple[Cut, ...] = ()
    """Links to remove together; one, if that frees all."""
    cycles: int = 1
    """Elementary cycles that were counted."""
    cycles_complete: bool = True
    """Whether those are all; otherwise there may be more."""
    bounded: bool = False
    """Whether its explanation was cut short by depth or time."""


@dataclass(frozen=True, slots=True)
class CycleReport:
    """The cycles there are."""

    components: tuple[CycleComponent, ...] = ()
    checked_at: float | None = None
    edges_checked: int = 0
    bounded: bool = False
    """Whether explanations were cut short by depth or time; detection never is."""


@dataclass(frozen=True, slots=True)
class CycleRecord:
    """The life of a component."""

    id: int
    tasks: tuple[str, ...]
    """As it was last found."""
    cycle: tuple[str, ...]
    cuts: tuple[Cut, ...]
    born_at: float
    changed_at: float
    """When tasks last came to it or left it."""
    resolved_at: float | None = None
    merged_into: int | None = None
    """The component that took it in, if that is how it ended."""
    split_from: int | None = None
    """The component that it was a part of, if that is how it began."""


@dataclass(frozen=True, slots=True)
class CutRecord:
    """Links that were removed to break cycles, kept so that they can be put back."""

    id: int
    component: int
    """Id of the component whose suggestion it was; 0 for links that were named."""
    links: tuple[tuple[str, str, str], ...]
    """Who waited, for whom, kind of link."""
    at: float
    actor: str = ""
    undone_at: float | None = None
    undone_by: str = ""
