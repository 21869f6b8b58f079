"""Claiming and finishing, through the interface that every front talks to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from engine.errors import AlreadyClaimedError, InvalidInputError, NotReadyError, TaskNotFoundError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import Link, TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        yield opened


async def add(engine: EmbeddedEngine, *drafts: TaskDraft) -> None:
    report = await engine.import_drafts(list(enumerate(drafts)))
    assert (report.created, report.errors) == (len(drafts), ())


def names(tasks) -> list[str]:
    return [task.id for task in tasks]


async def test_a_claim_gives_the_best_task_that_is_ready(engine: EmbeddedEngine) -> None:
    await add(
        engine,
        TaskDraft("late", id="late", priority=0, depends_on=("first",)),
        TaskDraft("first", id="first", priority=1, project="p"),
        TaskDraft("second", id="second", priority=2),
        TaskDraft("other's", id="bobs", priority=0, assignee="bob"),
        TaskDraft("mine", id="mine", priority=4, assignee="ann"),
    )
    taken = await engine.claim_task(actor="ann")
    assert (taken.id, taken.status, taken.assignee) == ("mine", "in_progress", "ann")
    assert taken == await engine.get_task("mine")
    assert (await engine.claim_task(actor="ann")).id == "first"
    assert (await engine.claim_task(actor="bob")).id == "bobs"
    assert (await engine.claim_task(project="", actor="cid")).id == "second"
    with pytest.raises(NotReadyError, match="no task is ready for 'ann'"):
        await engine.claim_task(actor="ann")
    with pytest.raises(NotReadyError, match="no task is ready in the project 'p' for 'ann'"):
        await engine.claim_task(project="p", actor="ann")


async def test_no_two_get_the_same_task(engine: EmbeddedEngine) -> None:
    await add(engine, *(TaskDraft(f"task {n}", id=f"t{n}") for n in range(30)))
    claims = (engine.claim_task(actor=f"agent {n}") for n in range(30))
    taken = await asyncio.gather(*claims)
    assert len(set(names(taken))) == 30
    again = (engine.claim_task("t0", actor=f"agent {n}") for n in range(5))
    refused = await asyncio.gather(*again, return_exceptions=True)
    assert [type(error) for error in refused] == [AlreadyClaimedError] * 5


async def test_a_refusal_says_why(engine: EmbeddedEngine) -> None:
    await add(
        engine,
        TaskDraft("a", id="a", depends_on=("b", "c", "d", "e")),
        *(TaskDraft(name, id=name) for name in "bcde"),
        TaskDraft("x", id="x", depends_on=("y",)),
        TaskDraft("y", id="y", depends_on=("x",), status="closed"),
        TaskDraft("later", id="later", status="deferred"),
        TaskDraft("held", id="held", assignee="bob"),
    )
    for task_id, kind, why in (
        ("a", NotReadyError, "it waits for 'b', 'c', 'd' and 1 more"),
        ("x", NotReadyError, "it is in a cycle"),
        ("later", NotReadyError, "is deferred; only an open task"),
        ("held", AlreadyClaimedError, "is assigned to 'bob'"),
        ("nothing", TaskNotFoundError, "no task has the id 'nothing'"),
    ):
        with pytest.raises(kind, match=why):
            await engine.claim_task(task_id, actor="ann")
    await engine.claim_task("b", actor="ann")
    with pytest.raises(AlreadyClaimedError, match="is worked on by 'ann'"):
        await engine.claim_task("b", actor="ann")
    with pytest.raises(InvalidInputError, match="actor: must not be empty"):
        await engine.claim_task("c", actor=" ")
    assert (await engine.get_task("c")).status == "open", "a refusal changes nothing"


async def test_finishing_says_what_became_ready(engine: EmbeddedEngine) -> None:
    await add(
        engine,
        TaskDraft("parent", id="parent", priority=3),
        TaskDraft("child", id="child", parent="parent"),
        TaskDraft("waits for one", id="one", depends_on=("child",), priority=1),
        TaskDraft("waits for two", id="two", depends_on=("child", "more")),
        TaskDraft("closed", id="done", depends_on=("child",), status="closed"),
        TaskDraft("related", id="related", links=(Link("", "child", "related"),)),
        TaskDraft("more", id="more"),
    )
    done = await engine.finish_task("child", actor="ann")
    assert (done.task.status, names(done.became_ready)) == ("closed", ["one", "parent"])
    assert names((await engine.finish_task("more", status="cancelled")).became_ready) == ["two"]
    assert (await engine.finish_task("more")).became_ready == (), "it was finished before"
    with pytest.raises(InvalidInputError, match="status: 'open' is not one of cancelled, closed"):
        await engine.finish_task("one", status="open")
    kinds = [event.kind for event in await engine.events()]
    assert kinds.count("task.finished") == 3


async def test_a_limit_is_checked(engine: EmbeddedEngine) -> None:
    for limit in (0, -1, 100_001):
        with pytest.raises(InvalidInputError, match=f"limit: {limit} is not a whole number"):
            await engine.ready(limit=limit)


async def test_all_questions_are_answered_while_kuzu_is_away(
    engine: EmbeddedEngine, tmp_path: Path
) -> None:
    await add(engine, TaskDraft("a", id="a", depends_on=("b",)), TaskDraft("b", id="b"))
    (tmp_path / "graph.kuzu").mkdir()
    (one,) = (await engine.bottlenecks()).tasks
    assert (one.task.id, one.waiting) == ("b", 1)
    path = await engine.critical_path()
    assert (names(path.tasks), path.length, path.position > 0) == (["b", "a"], 2, True)
    assert names(one.task for one in (await engine.impact("b")).found) == ["a"]
    assert names(one.task for one in (await engine.blockers("a")).found) == ["b"]
    assert names((await engine.ready()).tasks) == ["b"]
    assert names(one.task for one in (await engine.blocked()).tasks) == ["a"]
    assert (await engine.neighbourhood("a")).total == 1
    assert (await engine.hierarchy("a")).total == 0
