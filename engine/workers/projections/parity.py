"""How far a projection is from the truth, from what both hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import StoreDamagedError
from engine.model_key import same_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.workers.projections.vectors import Vectors

K = TypeVar("K")
V = TypeVar("V")
LISTED = 5000
"""Names of rows to repair that are listed at most; the rest follows with the next scan."""


EXAMPLES = 20
"""Of each kind, that are named."""


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
        "examples": [
            f"{how} {_named(key)}"
            for how, keys in (("missing", missing), ("stale", stale), ("orphaned", orphaned))
            for key in keys[:EXAMPLES]
        ],
        "repair": (missing + stale)[:LISTED],
        "remove": orphaned[:LISTED],
    }


def _named(key: object) -> str:
    return f"{key[0]} -> {key[1]} ({key[2]})" if isinstance(key, tuple) else str(key)


def compare_vectors(
    hashes: Mapping[str, str], versions: Mapping[str, int], vectors: Vectors, model: str
) -> dict[str, Any]:
    """Vectors of ``model`` against the texts, by hash; see :func:`compare`.

    ``annotations``: tasks of which an older version is noted beside a vector, of any model.
    ``searched``: whose vectors are searched meanwhile, if not those of ``model``.
    """
    found = vectors.all_rows(model)
    current = {
        task_id: str(row.get("hash", "")) if same_model(str(row.get("model", "")), model) else ""
        for task_id, row in found.items()
    }
    result = compare(hashes, current)
    edition = vectors.searched(model)
    other = edition is not None and not same_model(edition.model, model)
    rows = vectors.all_rows(edition.model) if edition is not None and other else found
    noted = {task_id: row.get("version") for task_id, row in {**rows, **found}.items()}
    expected = {i: version for i, version in versions.items() if i in noted}
    result["annotations"] = compare(expected, noted)["repair"]
    result["searched"] = edition.model if edition is not None and other else ""
    return result


def unread(error: Exception) -> dict[str, Any]:
    """What is said of a projection that can't be read."""
    counts = dict.fromkeys(("expected", "current", "missing", "stale", "orphaned"), 0)
    lists: dict[str, Any] = {"examples": [], "repair": [], "remove": [], "annotations": []}
    damaged = isinstance(error, StoreDamagedError)
    return {**counts, **lists, "error": str(error), "searched": "", "damaged": damaged}


def guarded(read: Callable[[], dict[str, Any]], failures: tuple[type[Exception], ...]) -> Any:
    """The comparison, or the failure told in its place, so that one store can't hide another."""
    try:
        return read()
    except failures as error:
        return unread(error)
