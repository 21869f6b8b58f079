"""Errors across a socket: the type, the text and the fields of each."""

from __future__ import annotations

from functools import cache
from typing import Any

from engine import errors
from engine.errors import VesperaError


def to_plain(error: VesperaError) -> dict[str, Any]:
    """``error`` as plain values."""
    return {"type": type(error).__name__, "text": str(error), "fields": vars(error)}


def from_plain(raw: dict[str, Any]) -> VesperaError:
    """The error again; a type that is not known here becomes a VesperaError."""
    kind = _kinds().get(str(raw.get("type")), VesperaError)
    error = kind.__new__(kind)
    error.args = (str(raw.get("text")),)
    for name, value in dict(raw.get("fields") or {}).items():
        setattr(error, name, tuple(value) if isinstance(value, list) else value)
    return error


@cache
def _kinds() -> dict[str, type[VesperaError]]:
    return {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, VesperaError)
    }
