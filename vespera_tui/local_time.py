"""Times as a person reads them: in the zone of this machine."""

from __future__ import annotations

from datetime import datetime


def iso(at: float | None) -> str:
    """Unix seconds as ISO 8601 with the offset of the zone; empty for None."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")
