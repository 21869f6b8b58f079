"""A line of characters that shows how a rate changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.monitoring.samples import Sample

BLOCKS, PLAIN = "▁▂▃▄▅▆▇█", "_.-:=+*#"
COLUMNS = 40


def rates(
    samples: Sequence[Sample], until: float, seconds: float, columns: int = COLUMNS
) -> list[float | None]:
    """Operations completed a second in equal parts of the last ``seconds`` before ``until``.

    None where nothing was measured. Times are Unix seconds.
    """
    done, measured = [0.0] * columns, [0.0] * columns
    for sample in samples:
        column = int((sample.at - (until - seconds)) / seconds * columns)
        column = min(max(column, 0), columns - 1)
        done[column] += sample.numbers.get("completed", 0)
        measured[column] += sample.numbers.get("seconds", 0)
    return [d / m if m > 0 else None for d, m in zip(done, measured, strict=True)]


def sparkline(values: Sequence[float | None], steps: str) -> str:
    """A character of ``steps`` (lowest first) a value, against the largest; a space for None."""
    top = max((value for value in values if value is not None), default=0.0)

    def step(value: float) -> str:
        return steps[round(value / top * (len(steps) - 1))] if top > 0 else steps[0]

    return "".join(" " if value is None else step(value) for value in values)
