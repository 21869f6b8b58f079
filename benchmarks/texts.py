"""Texts to embed: real tasks if they are there, else the bundled ones, with variations."""

from __future__ import annotations

import json
import random
from itertools import cycle, islice
from pathlib import Path

from engine.exchange.format import read_file
from engine.exchange.sample import sample_path

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "beads_issues.jsonl"
SEED = 11


def texts(count: int) -> list[tuple[str, str]]:
    """Title and description of ``count`` tasks, no two alike, in a repeatable disorder."""
    rng = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    originals = _real() if REAL.exists() else _bundled()
    rng.shuffle(originals)
    return [
        (f"{title} ({n})" if n >= len(originals) else title, _varied(description, n, rng))
        for n, (title, description) in enumerate(islice(cycle(originals), count))
    ]


def _real() -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in REAL.read_text(encoding="utf-8").splitlines()]
    return [(row["title"], row.get("description", "")) for row in rows]


def _bundled() -> list[tuple[str, str]]:
    return [(draft.title, draft.description) for _, draft in read_file(sample_path()).drafts]


def _varied(text: str, number: int, rng: random.Random) -> str:
    """The same lines in another order, with the number at the end."""
    lines = text.splitlines()
    rng.shuffle(lines)
    return "\n".join([*lines, str(number)])
