"""The list of tasks a part at a time, through the interface that every front talks to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine.errors import InvalidInputError, TaskNotFoundError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.task_views import SORTS, TasksQuery
from engine.tasks import Link, TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine

DRAFTS = (
    TaskDraft("Deploy", id="a", priority=3, depends_on=("b", "c"), created_at=1.0),
    TaskDraft("Build", id="b", priority=1, project="p", tags=("ci",), created_at=2.0),
    TaskDraft("Call", id="c", priority=1, status="in_progress", assignee="ann", created_at=3.0),
    TaskDraft("Done", id="d", priority=0, status="closed", created_at=4.0),
    TaskDraft("Stuck", id="e", priority=4, status="blocked", created_at=5.0),
    TaskDraft("Parent", id="f", priority=4, created_at=6.0),
    TaskDraft("Child", id="g", priority=4, parent="f", project="p", created_at=7.0),
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        await opened.import_drafts(list(enumerate(DRAFTS)))
        yield opened


async def ids(engine: EmbeddedEngine, **asked: object) -> str:
    page = await engine.tasks_page(replace(TasksQuery(), **asked))  # type: ignore[arg-type] # any field
    return "".join(row.task.id for row in page.rows)


async def test_each_row_says_whether_it_can_be_started_and_how_much_it_waits_for(
    engine: EmbeddedEngine,
) -> None:
    page = await engine.tasks_page(TasksQuery())
    assert page.total == len(DRAFTS)
    found = {row.task.id: (row.readiness, row.waits_for) for row in page.rows}
    assert found == {
        "a": ("blocked", 2), "b": ("ready", 0), "c": ("", 0), "d": ("", 0),
        "e": ("blocked", 0), "f": ("blocked", 1), "g": ("ready", 0),
    }  # fmt: skip


async def test_it_is_as_ready_and_blocked_say(engine: EmbeddedEngine) -> None:
    ready = [task.id for task in (await engine.ready()).tasks]
    assert await ids(engine, readiness="ready") == "".join(ready)
    blocked = [each.task.id for each in (await engine.blocked()).tasks]
    assert await ids(engine, readiness="blocked") == "".join(blocked)
    assert await ids(engine, readiness="ready", project="p", tag="ci") == "b"
    assert await ids(engine, readiness="blocked", status="blocked") == "e"


async def test_a_task_in_a_cycle_is_not_ready(engine: EmbeddedEngine) -> None:
    drafts = [TaskDraft("x", id="x", links=(Link("", "y"),)), TaskDraft("y", id="y")]
    drafts[1] = replace(drafts[1], links=(Link("", "x"),))
    await engine.import_drafts(list(enumerate(drafts)))
    assert not {"x", "y"} & set(await ids(engine, readiness="ready"))
    assert {"x", "y"} <= set(await ids(engine, readiness="blocked"))


async def test_filters_parts_and_named_ones(engine: EmbeddedEngine) -> None:
    assert await ids(engine) == "bcaefgd"
    assert await ids(engine, assignee="ann") == "c"
    assert await ids(engine, limit=2, offset=1) == "ca"
    assert await ids(engine, descending=True) == "dgfeacb"
    assert await ids(engine, ids=("g", "nobody", "a")) == "ga"
    assert await ids(engine, ids=("g", "d", "a"), sort="title") == "gad"
    page = await engine.tasks_page(TasksQuery(project="p", limit=1))
    assert (page.total, len(page.rows)) == (2, 1)


async def test_ids_that_begin_so_whatever_the_case(engine: EmbeddedEngine) -> None:
    drafts = [TaskDraft(f"n {n}", id=f"Z%-{n}", created_at=float(n)) for n in range(12)]
    await engine.import_drafts(list(enumerate(drafts)))
    assert await ids(engine, id_begins="z%-1", sort="id") == "Z%-1Z%-10Z%-11"
    assert await ids(engine, id_begins="%") == ""
    assert await ids(engine, id_begins="Z%-1", ids=("Z%-11", "Z%-2", "a")) == "Z%-11"


@pytest.mark.parametrize("sort", SORTS)
async def test_sorted_both_ways(engine: EmbeddedEngine, sort: str) -> None:
    up = await ids(engine, sort=sort)
    assert sorted(up) == list("abcdefg")
    assert await ids(engine, sort=sort, descending=True) == up[::-1]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"sort": "colour"}, "sort: 'colour'"),
        ({"status": "opne"}, "status: 'opne'"),
        ({"readiness": "maybe"}, "readiness: 'maybe'"),
        ({"limit": 0}, "limit: 0"),
        ({"limit": 5_000}, "limit: 5000"),
        ({"offset": -1}, "offset: -1"),
    ],
)
async def test_what_can_not_be_asked_is_named(
    engine: EmbeddedEngine, asked: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        await ids(engine, **asked)


async def test_a_search_by_words_alone_needs_no_model(engine: EmbeddedEngine) -> None:
    found = await engine.search("Deploy", by_meaning=False)
    assert (found.mode, found.note, [hit.id for hit in found.hits]) == ("words", "", ["a"])


async def test_where_a_task_stands_is_read_from_the_stores(engine: EmbeddedEngine) -> None:
    before = await engine.sync_state("a")
    assert (before.version, before.vectors.state, before.graph.state) == (1, "missing", "missing")
    await engine.manager.context.projections.graph_reconcile(["a", "b", "c"])
    assert (await engine.sync_state("a")).graph.current
    await engine.remove_dependency("a", "b")
    assert (await engine.sync_state("a")).graph.state == "stale"
    with pytest.raises(TaskNotFoundError):
        await engine.sync_state("nobody")
