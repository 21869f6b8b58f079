"""Tasks that all wait for one another, by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def components(edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Sorted components of more than one task, and single tasks that wait for themselves."""
    from engine.cycles.strong import of_pairs  # noqa: PLC0415 - imports scipy: when first needed

    names = sorted({name for edge in edges for name in edge})
    number = {name: n for n, name in enumerate(names)}
    starts, ends = [number[a] for a, _ in edges], [number[b] for _, b in edges]
    return [[names[n] for n in group] for group in of_pairs(len(names), starts, ends)]
