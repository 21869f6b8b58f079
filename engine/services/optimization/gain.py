"""What a run gained, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.services.optimization.plan import megabytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NOTHING = "nothing to do"
NOT_MEASURABLE = "done, without a gain that can be measured"
LEAST_BYTES = 50_000
FASTER = 0.9
"""A query counts as quicker when it takes at most this part of the time; less is noise."""
BETTER = 0.001


def told(steps: Sequence[str], before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """What came of ``steps``; "nothing to do" without any."""
    if not steps:
        return NOTHING
    return ", ".join(_gains(before, after)) or NOT_MEASURABLE


def _gains(before: Mapping[str, float], after: Mapping[str, float]) -> Iterator[str]:
    gained = before.get("bytes", 0) - after.get("bytes", 0)
    if gained >= LEAST_BYTES:
        yield f"{megabytes(gained)} smaller"
    slow, quick = before.get("query_seconds"), after.get("query_seconds")
    if slow and quick and quick <= FASTER * slow:
        yield f"queries {1000 * slow:.2f} -> {1000 * quick:.2f} ms"
    bad, good = before.get("recall"), after.get("recall")
    if bad is not None and good is not None and good >= bad + BETTER:
        yield f"recall {bad:.3f} -> {good:.3f}"
