"""Times in files: ISO 8601 or Unix seconds in, whichever of them is exact out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError
from engine.exchange.lines import json_type

if TYPE_CHECKING:
    from collections.abc import Mapping

YEAR_10000 = 253_402_300_800.0


TIMES = ("created_at", "updated_at", "closed_at")
"""The times of a task, named alike in every format."""


def read_times(value: Mapping[str, Any]) -> dict[str, Any]:
    """All times of a task, each Unix seconds or None; errors as for :func:`read_time`."""
    return {name: read_time(name, value.get(name)) for name in TIMES}


def read_time(name: str, value: object) -> float | None:
    """Unix seconds; None for null. A time without a zone is UTC.

    Raises InvalidInputError for another type, text that is no ISO 8601 time, and times outside
    the years 1970 to 9999.
    """
    if value is None:
        return None
    seconds = _seconds(name, value)
    if not 0 <= seconds < YEAR_10000:
        raise InvalidInputError(f"{name}: {value!r} is outside the years 1970 to 9999")
    return seconds


def _seconds(name: str, value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(min(value, YEAR_10000))  # an integer may be too large for a float
    if not isinstance(value, str):
        expected = "an ISO 8601 time or Unix seconds"
        raise InvalidInputError(f"{name}: expected {expected}, found {json_type(value)}")
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise InvalidInputError(
            f"{name}: {value[:40]!r} is no ISO 8601 time, like 2026-01-31T12:00:00Z"
        ) from None


def write_time(seconds: float) -> str | float:
    """ISO 8601 in UTC if that gives the very same number back, else the number."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    return text if datetime.fromisoformat(text).timestamp() == seconds else seconds
