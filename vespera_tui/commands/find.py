"""``search`` and ``similar``: finding tasks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from engine.tasks import STATUSES
from vespera_tui.commands import session
from vespera_tui.commands.exits import FINE
from vespera_tui.commands.text import note, print_json, say

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.snapshots import SearchResult

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
    text: str, limit: int, filters: dict[str, str | None], as_json: bool, engine: EngineAPI
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
        say(f"{near}  {hit.id:<12} {hit.status:<11} {hit.title}")
    if not result.hits:
        note("nothing found")
    return FINE
