"""Times as a person reads them: in the zone of this machine."""

from __future__ import annotations

from datetime import datetime

LONGEST = 8
"""Characters that are shown of a time that is not understood."""


def iso(at: float | None) -> str:
    """Unix seconds as ISO 8601 with the offset of the zone; empty for None."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")


def clock(at: float, now: float) -> str:
    """The time of day of ``at``, in Unix seconds; with the day, and the year, where it is another.

    14:03:09, Jan 14 23:59:59 or 2025 Dec 31 23:59:59.
    """
    then, today = (datetime.fromtimestamp(each).astimezone() for each in (at, now))
    day = "" if then.date() == today.date() else f"{then:%b} {then.day} "
    year = "" if then.year == today.year else f"{then.year} "
    return f"{year}{day}{then:%H:%M:%S}"


def clock_of(stamp: str, now: float) -> str:
    """The same of a time in ISO 8601; of another text the beginning."""
    try:
        return clock(datetime.fromisoformat(stamp).timestamp(), now)
    except (ValueError, OverflowError):
        return stamp[:LONGEST]
