"""What one check of ``doctor`` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    state: Literal["ok", "warning", "problem"]
    message: str
    advice: str = ""
    """What to do; empty when all is well."""


def ok(name: str, message: str) -> Check:
    """All is well."""
    return Check(name, "ok", message)


def warning(name: str, message: str, advice: str) -> Check:
    """It works, but not as it should."""
    return Check(name, "warning", message, advice)


def problem(name: str, message: str, advice: str) -> Check:
    """It does not work."""
    return Check(name, "problem", message, advice)
