"""How far a projection is from the truth, from what both hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

K = TypeVar("K")
V = TypeVar("V")
LISTED = 5000
"""Names of rows to repair that are listed at most; the rest follows with the next scan."""


def compare(expected: Mapping[K, V], found: Mapping[K, V]) -> dict[str, Any]:
    """Counts, and the keys behind them."""
    missing = [key for key in expected if key not in found]
    stale = [key for key in expected if key in found and found[key] != expected[key]]
    orphaned = [key for key in found if key not in expected]
    return {
        "expected": len(expected),
        "current": len(expected) - len(missing) - len(stale),
        "missing": len(missing),
        "stale": len(stale),
        "orphaned": len(orphaned),
        "error": "",
        "repair": (missing + stale)[:LISTED],
        "remove": orphaned[:LISTED],
    }


def unread(error: Exception) -> dict[str, Any]:
    """What is said of a projection that can't be read."""
    counts = dict.fromkeys(("expected", "current", "missing", "stale", "orphaned"), 0)
    return {**counts, "error": str(error), "repair": [], "remove": []}


def guarded(read: Callable[[], dict[str, Any]], failures: tuple[type[Exception], ...]) -> Any:
    """The comparison, or the failure told in its place, so that one store can't hide another."""
    try:
        return read()
    except failures as error:
        return unread(error)
