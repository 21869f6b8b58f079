"""What the overview asks about the past: how much was done in the last minutes or hours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import VesperaError
from widgets.throughput_chart import ThroughputModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.api import EngineAPI
    from engine.monitoring.samples import Sample
    from vespera_tui.aside import Aside

PARTS = 240
"""Parts of a span at most; a sample is of 10 seconds, or of 5 minutes beyond a day."""


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, and how often the chart of it is made anew."""

    title: str
    seconds: float
    every: float


SPANS = (
    Span("5 min", 300, 5),
    Span("1 h", 3_600, 15),
    Span("6 h", 21_600, 60),
    Span("24 h", 86_401, 300),  # beyond the day that is kept in detail
)


@dataclass(frozen=True, slots=True)
class ThroughputQuestion:
    """The chart of a span, over all services."""

    span: Span
    services: tuple[str, ...]
    aside: Aside[ThroughputModel] = field(compare=False)

    async def ask(self, engine: EngineAPI, now: float) -> ThroughputModel | None:
        """The chart, at most as old as the span allows; None while the first is being made."""
        return self.aside.look(
            (self.span, self.services),
            lambda: self._chart(engine, now),
            now=now,
            again=self.span.every,
        )

    async def _chart(self, engine: EngineAPI, now: float) -> ThroughputModel:
        samples: list[Sample] = []
        try:
            for service in self.services:
                samples += await engine.metrics(service, seconds=self.span.seconds)
        except VesperaError as error:
            return ThroughputModel(self.span.title, problem=str(error))
        return chart(samples, self.span, now)


def chart(samples: Iterable[Sample], span: Span, now: float) -> ThroughputModel:
    """All services together, in equal parts of ``span`` that end ``now`` (Unix seconds)."""
    parts = min(PARTS, int(span.seconds // 10))
    length = span.seconds / parts
    done, failed = [0.0] * parts, [0.0] * parts
    measured: dict[str, list[float]] = {}
    for sample in samples:
        seconds = sample.numbers.get("seconds", 0)
        first = int((sample.at - (now - span.seconds)) // length)
        wide = max(round(seconds / length), 1)  # a sample may be longer than a part
        took = measured.setdefault(sample.service, [0.0] * parts)
        for part in range(max(first, 0), min(first + wide, parts)):
            done[part] += sample.numbers.get("completed", 0) / wide
            took[part] += seconds / wide
        if 0 <= first < parts:
            failed[first] += sample.numbers.get("failed", 0)
    longest = [max(times) for times in zip(*measured.values(), strict=True)] or [0.0] * parts
    rates = [number / took if took else None for number, took in zip(done, longest, strict=True)]
    return ThroughputModel(span.title, tuple(rates), tuple(failed))
