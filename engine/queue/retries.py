"""How long a failed operation waits for its next attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.clock import IdSource
    from engine.operations import Operation


def retry_seconds(operation: Operation, *, ids: IdSource, cap: float) -> float:
    """``min(2**retries, cap)`` seconds with jitter, the retry to come counted."""
    # the exponent is bounded because 2**retries as a float overflows at 1024
    return ids.jitter(min(2.0 ** min(operation.attempts + 1, 60), cap))
