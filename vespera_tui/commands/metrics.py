"""``metrics``: what each service did lately, and where its backlog is going."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import click

from engine.errors import InvalidInputError
from vespera_tui.commands import session
from vespera_tui.commands.exits import FINE
from vespera_tui.commands.matching import built_in_services
from vespera_tui.commands.show import JSON
from vespera_tui.commands.sparkline import BLOCKS, PLAIN, rates, sparkline
from vespera_tui.commands.tables import show_table, span
from vespera_tui.commands.text import note, print_json, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.api import EngineAPI
    from engine.monitoring.forecast import Forecast
    from engine.monitoring.samples import Sample
    from engine.monitoring.trends import Quantiles

HOUR = 3600.0
MOST_HOURS = 90 * 24
"""How far back measurements are kept."""
HEADING = ("service", "completed", "failed", "retried", "rate", "p50", "p95", "p99", "forecast")


@dataclass(frozen=True, slots=True)
class Measured:
    """One service over some time."""

    completed: int
    failed: int
    retried: int
    late: int
    """Operations that finished after their deadline."""
    measured_seconds: float
    """How long there was an engine that measured."""
    rate_per_second: float
    runs: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None


async def measure(engine: EngineAPI, service: str, seconds: float) -> Measured:
    """What the service did in the last ``seconds``."""
    return await asyncio.to_thread(total, await engine.metrics(service, seconds=seconds))


def total(samples: Sequence[Sample]) -> Measured:
    """All ``samples`` of one service together."""
    from engine.monitoring.samples import Sample, combine  # noqa: PLC0415 - slow to import

    whole = combine(samples, samples[0].at) if samples else Sample("", 0)
    durations, numbers = whole.durations, whole.numbers
    return Measured(
        completed=int(numbers.get("completed", 0)),
        failed=int(numbers.get("failed", 0)),
        retried=int(numbers.get("retried", 0)),
        late=int(numbers.get("late", 0)),
        measured_seconds=numbers.get("seconds", 0.0),
        rate_per_second=whole.rate_per_second,
        runs=durations.count,
        p50_seconds=durations.quantile(0.50),
        p95_seconds=durations.quantile(0.95),
        p99_seconds=durations.quantile(0.99),
    )


@click.command()
@click.argument("service", required=False, shell_complete=built_in_services)
@click.option(
    "--hours",
    type=click.IntRange(1, MOST_HOURS),
    default=1,
    show_default=True,
    metavar="N",
    help="The last so many hours.",
)
@click.option("--by-hour", is_flag=True, help="Durations by hour of the day, over seven days.")
@JSON
def metrics(service: str | None, hours: int, by_hour: bool, as_json: bool) -> int:
    """Show what all services did, or SERVICE in detail, and their forecasts."""
    if service is None:
        if by_hour:
            raise click.UsageError("--by-hour needs a service")
        return session.run(partial(_all, hours, as_json))
    return session.run(partial(_one, service, hours, by_hour, as_json))


async def _all(hours: int, as_json: bool, engine: EngineAPI) -> int:
    forecasts = await engine.forecasts()
    found = {name: await measure(engine, name, hours * HOUR) for name in forecasts}
    if as_json:
        print_json({n: {"measured": found[n], "forecast": forecasts[n]} for n in forecasts})
    else:
        show_table(HEADING, *(_row(found[name], forecasts[name]) for name in forecasts))
    return FINE


def _row(found: Measured, forecast: Forecast) -> tuple[object, ...]:
    return (
        forecast.service,
        f"{found.completed:,}",
        f"{found.failed:,}",
        f"{found.retried:,}",
        f"{found.rate_per_second:.2f}/s",
        span(found.p50_seconds),
        span(found.p95_seconds),
        span(found.p99_seconds),
        forecast.text,
    )


async def _one(service: str, hours: int, by_hour: bool, as_json: bool, engine: EngineAPI) -> int:
    forecasts = await engine.forecasts()
    if service not in forecasts:
        raise InvalidInputError(f"service: {service!r} is not one of {', '.join(forecasts)}")
    samples = await engine.metrics(service, seconds=hours * HOUR)
    found = await asyncio.to_thread(total, samples)
    quantiles = await engine.durations_by_hour(service) if by_hour else {}
    if as_json:
        shown: dict[str, object] = {"measured": found, "forecast": forecasts[service]}
        shown["samples"] = [{"at": sample.at, **sample.numbers} for sample in samples]
        print_json({**shown, "by_hour": quantiles} if by_hour else shown)
        return FINE
    _show(found, samples, hours, forecasts[service])
    if by_hour:
        _show_hours(quantiles)
    return FINE


def _show(found: Measured, samples: Sequence[Sample], hours: int, forecast: Forecast) -> None:
    of_time = f"{span(found.measured_seconds)} measured of the last {span(hours * HOUR)}"
    say(f"service    {forecast.service}, {of_time}")
    done = f"{found.completed:,} completed, {found.failed:,} failed, {found.retried:,} retried"
    say(f"work       {done}, {found.late:,} late")
    times = [found.p50_seconds, found.p95_seconds, found.p99_seconds]
    p50, p95, p99 = map(span, times)
    say(f"runs       {found.runs:,}: p50 {p50}, p95 {p95}, p99 {p99}")
    line = rates(samples, time.time(), hours * HOUR)
    peak = max((rate for rate in line if rate is not None), default=0.0)
    drawn = sparkline(line, BLOCKS if _can_draw() else PLAIN)
    say(f"rate       {found.rate_per_second:.2f}/s, at most {peak:.2f}/s  |{drawn}|")
    say(f"forecast   {forecast.text}")


def _can_draw() -> bool:
    """Whether what reads the output takes block characters."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _show_hours(hours: Mapping[int, Quantiles]) -> None:
    if not hours:
        note("nothing ran in the last seven days")
        return
    rows = (
        (f"{hour:02}:00", f"{q.runs:,}", span(q.p50), span(q.p95), span(q.p99))
        for hour, q in hours.items()
    )
    show_table(("hour", "runs", "p50", "p95", "p99"), *rows)
