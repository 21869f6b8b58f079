"""The sample project that comes with the program: a tide and weather station, cycles included."""

from __future__ import annotations

from pathlib import Path


def sample_path() -> Path:
    """The native file of the sample project."""
    return Path(__file__).with_name("sample_project.jsonl")
