"""What a search and the report of near duplicates tell: frozen values that cross a socket."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One task found."""

    id: str
    title: str
    score: float
    """From 0 to 1: first in every list that was searched."""
    status: str = ""
    project: str = ""
    similarity: float | None = None
    """Cosine of the vectors (1 is identical); None when it was found by words alone."""
    alike: int = 0
    """Further tasks with the very same text that were found; the hit stands for them."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, and how."""

    hits: tuple[SearchHit, ...] = ()
    mode: str = "meaning and words"
    """The same, or words while the model or the vectors are not available."""
    note: str = ""
    """Why it was searched by words alone."""


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two tasks that say nearly the same."""

    first: str
    """Id of the older one."""
    first_title: str
    first_status: str
    second: str
    second_title: str
    second_status: str
    similarity: float
    """Cosine of their vectors; 1 is identical."""
    alike: int = 0
    """Further tasks that have the very text of one of the two."""


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """Pairs of tasks that may be one."""

    pairs: tuple[DuplicatePair, ...] = ()
    compared: int = 0
    """Tasks that have a vector and were compared."""
    left_out: int = 0
    """Tasks that would count but have no vector yet."""
    exact: bool = True
    """Whether each was compared with each; else with its neighbours in the index."""
