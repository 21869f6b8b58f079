"""``search``, ``similar`` and ``duplicates``: finding tasks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from engine.tasks import STATUSES
from vespera_tui.commands import session
from vespera_tui.commands.exits import FINE
from vespera_tui.commands.text import note, print_json, say

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.search_views import DuplicateReport, SearchResult

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
LIMIT = click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    metavar="N",
    help="At most this many.",
)


@click.command()
@click.argument("text")
@LIMIT
@click.option("--status", type=click.Choice(STATUSES), help="Only these.")
@click.option("--project", help="Only tasks of this project.")
@click.option("--assignee", help="Only tasks of this person or agent.")
@click.option("--tag", help="Only tasks with this tag.")
@JSON
def search(text: str, limit: int, as_json: bool, **filters: str | None) -> int:
    """Find the tasks near in meaning to TEXT, or with its words."""
    return session.run(partial(_search, text, limit, filters, as_json))


async def _search(
    text: str, limit: int, filters: dict[str, Any], as_json: bool, engine: EngineAPI
) -> int:
    return _show(await engine.search(text, limit=limit, **filters), as_json)


@click.command()
@click.argument("task")
@LIMIT
@JSON
def similar(task: str, limit: int, as_json: bool) -> int:
    """Find the tasks near in meaning to TASK, an id."""
    return session.run(partial(_similar, task, limit, as_json))


async def _similar(task: str, limit: int, as_json: bool, engine: EngineAPI) -> int:
    return _show(await engine.similar(task, limit=limit), as_json)


def _show(result: SearchResult, as_json: bool) -> int:
    if result.note:
        note(f"searched by {result.mode}: {result.note}")
    if as_json:
        print_json(result.hits)
        return FINE
    for hit in result.hits:
        near = "     -" if hit.similarity is None else f"{hit.similarity:6.3f}"
        alike = f"  (+{hit.alike} alike)" if hit.alike else ""
        say(f"{near}  {hit.id:<12} {hit.status:<11} {hit.title}{alike}")
    if not result.hits:
        note("nothing found")
    return FINE


@click.command()
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.9,
    show_default=True,
    metavar="N",
    help="Least similarity: the cosine of the vectors, 1 for the same text.",
)
@LIMIT
@click.option("--all", "finished", is_flag=True, help="Count finished tasks too.")
@JSON
def duplicates(threshold: float, limit: int, finished: bool, as_json: bool) -> int:
    """Show pairs of tasks that say nearly the same."""
    return session.run(partial(_duplicates, threshold, limit, finished, as_json))


async def _duplicates(
    threshold: float, limit: int, finished: bool, as_json: bool, engine: EngineAPI
) -> int:
    report = await engine.near_duplicates(threshold=threshold, limit=limit, finished=finished)
    if as_json:
        print_json(report)
    else:
        _show_pairs(report)
    return FINE


def _show_pairs(report: DuplicateReport) -> None:
    for pair in report.pairs:
        say(f"{pair.similarity:6.3f}  {pair.first:<12} {pair.first_status:<11} {pair.first_title}")
        alike = f"  (+{pair.alike} alike)" if pair.alike else ""
        say(f"{'':6}  {pair.second:<12} {pair.second_status:<11} {pair.second_title}{alike}")
    how = "each with each" if report.exact else "each with its neighbours in the index"
    note(f"{len(report.pairs)} pairs; {report.compared:,} tasks compared, {how}")
    if report.left_out:
        note(f"{report.left_out:,} tasks have no vector yet and were left out")
