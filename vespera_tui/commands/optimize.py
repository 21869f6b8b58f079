"""``optimize``: make the stores small and quick now, and see what it gained."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.show import JSON
from vespera_tui.commands.tables import moment, show_table
from vespera_tui.commands.text import complain, note, print_json, say
from vespera_tui.who import actor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.api import EngineAPI
    from engine.snapshots import OptimizationRun

STORES = ("sqlite", "chroma", "kuzu")
MOST = 10_000
FIGURES = (
    ("bytes", "bytes"),
    ("wal_bytes", "bytes in the log"),
    ("free_pages", "free pages"),
    ("vectors", "vectors"),
    ("tombstones", "deleted vectors in the index"),
    ("rows", "nodes and edges"),
    ("needed_bytes", "bytes it would need"),
    ("query_seconds", "a query"),
    ("recall", "recall of the 10 nearest"),
)
"""What is shown of a run's measurements, and its name for people."""


@click.command()
@click.option(
    "--store", "stores", type=click.Choice(STORES), multiple=True, help="Only this; repeatable."
)
@click.option("--dry-run", is_flag=True, help="Measure and say what would be done; do nothing.")
@click.option("--history", is_flag=True, help="Show what earlier runs gained instead.")
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, MOST),
    default=20,
    show_default=True,
    metavar="N",
    help="With --history: at most this many runs.",
)
@JSON
def optimize(
    stores: tuple[str, ...], dry_run: bool, history: bool, limit: int, as_json: bool
) -> int:
    """Optimise the stores now; each is measured before and after."""
    if history and (dry_run or stores):
        raise click.UsageError("--history goes without --dry-run and --store")
    if history:
        return session.run(partial(_history, limit, as_json))
    return session.run(partial(_optimize, stores, dry_run, as_json))


async def _optimize(
    stores: tuple[str, ...], dry_run: bool, as_json: bool, engine: EngineAPI
) -> int:
    if not as_json:
        note("measuring; this can take a while")
    runs = await engine.optimize(stores, dry_run=dry_run, actor=actor())
    if as_json:
        print_json(runs)
    else:
        for run in runs:
            _show(run, dry_run=dry_run)
    damaged = [run for run in runs if run.damage]
    for run in damaged:
        complain(f"{run.store} is damaged: {run.damage}; see `vespera-tui alerts list`")
    # a store that was away has neither measurements nor a number
    return FAILED if damaged or any(not run.before for run in runs) else FINE


def _show(run: OptimizationRun, *, dry_run: bool) -> None:
    say(f"{run.store}: {run.result} ({run.seconds:.1f} s)")
    for step in run.steps:
        say(f"  {'would do' if dry_run else 'did'} {step}")
    for left in run.left:
        say(f"  left alone {left}")
    rows = [
        (f"  {name}", _value(key, run.before), _value(key, run.after))
        for key, name in FIGURES
        if key in run.before or key in run.after
    ]
    if rows and dry_run:
        show_table(("  measured", "now"), *(row[:2] for row in rows))
    elif rows:
        show_table(("  measured", "before", "after"), *rows)


def _value(key: str, figures: Mapping[str, float]) -> str:
    if key not in figures:
        return ""
    value = figures[key]
    if key == "query_seconds":
        return f"{1000 * value:.2f} ms"
    return f"{value:.3f}" if key == "recall" else f"{value:,.0f}"


async def _history(limit: int, as_json: bool, engine: EngineAPI) -> int:
    found = await engine.optimizations(limit)
    if as_json:
        print_json(found)
    elif found:
        show_table(("at", "store", "reason", "seconds", "result"), *_rows(found))
    else:
        note("the stores were never optimised")
    return FINE


def _rows(runs: tuple[OptimizationRun, ...]) -> Iterator[tuple[object, ...]]:
    for run in runs:
        yield moment(run.at), run.store, run.reason, f"{run.seconds:.1f}", run.result
