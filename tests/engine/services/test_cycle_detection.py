"""The service tells what there is, what was born and resolved; cuts are applied and undone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from engine.errors import InvalidInputError, TaskNotFoundError
from engine.host.opening import open_engine
from engine.service_config import ServiceConfiguration
from engine.services import cycle_schedule
from engine.services.cycle_detection import CycleDependencyService
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from engine.cycles.graph import WaitingGraph
    from engine.host.embedded import EmbeddedEngine

RING = [(n, TaskDraft(name, id=name, depends_on=(to,))) for n, (name, to) in enumerate(
    [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]
)]  # fmt: skip


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[EmbeddedEngine]:
    async with open_engine(ServiceConfiguration(data_dir=folder), services=False) as engine:
        yield engine


@pytest.fixture(params=["file", "order"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    async with opened(tmp_path) as made:
        if request.param == "order":
            await made.manager.context.tasks.guard.load()
        yield made


def service_of(engine: EmbeddedEngine) -> CycleDependencyService:
    service = engine.manager.runner("cycle_detection").service
    assert isinstance(service, CycleDependencyService)
    return service


def graph_of(engine: EmbeddedEngine) -> WaitingGraph:
    graph = engine.manager.context.tasks.guard.graph
    assert graph is not None
    return graph


async def kinds(engine: EmbeddedEngine) -> list[str]:
    return [e.kind for e in await engine.events() if e.kind.startswith("cycle.")]


async def test_a_cycle_is_told_with_its_number_and_its_life(engine: EmbeddedEngine) -> None:
    await engine.import_drafts(RING)
    report = await engine.cycles()
    (component,) = report.components
    assert report.edges_checked == 4
    assert (component.tasks, component.cycles) == (("a", "b", "c"), 1)
    assert component.id
    assert component.born_at
    assert (await engine.cycles()).components == report.components
    (life,) = await engine.cycle_history()
    assert (life.id, life.cuts, life.resolved_at) == (component.id, component.cuts, None)
    assert await kinds(engine) == ["cycle.born"]


async def test_a_cut_is_applied_and_undone_by_another_engine(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.import_drafts(RING)
        (component,) = (await engine.cycles()).components
        done = await engine.apply_cut(component.id, actor="ann")
        cut = component.suggested_cut
        assert done.links == ((cut.from_, cut.to, cut.kind),)
        assert (await engine.cycles()).components == ()
        assert (await engine.status(parity=False)).cycles.components == 0
        assert await kinds(engine) == ["cycle.born", "cycle.cut", "cycle.resolved"]
    async with opened(tmp_path) as engine:
        assert await engine.cycle_cuts() == [done]
        before = {link.created_at for link in await engine.get_links(cut.from_)}
        undone = await engine.undo_cut(done.id, actor="bob")
        assert (undone.undone_by, undone.links) == ("bob", done.links)
        assert {link.created_at for link in await engine.get_links(cut.from_)} >= before
        (again,) = (await engine.cycles()).components
        assert again.tasks == component.tasks
        assert [life.resolved_at is None for life in await engine.cycle_history()] == [True, False]


async def test_links_that_are_named_are_cut(engine: EmbeddedEngine) -> None:
    await engine.create_task(TaskDraft("p", id="p"))
    await engine.create_task(TaskDraft("c", id="c", parent="p"))
    done = await engine.apply_cut(edges=[("p", "c", "parent-child")])
    assert (await engine.get_task("c")).parent == ""
    await engine.undo_cut(done.id)
    assert (await engine.get_task("c")).parent == "p"


async def test_a_wrong_cut_removes_nothing_and_says_why(engine: EmbeddedEngine) -> None:
    await engine.import_drafts(RING)
    with pytest.raises(InvalidInputError, match="none alive has the id 7"):
        await engine.apply_cut(7)
    with pytest.raises(InvalidInputError, match="none alive has the id 7"):
        await engine.apply_cut(7, edges=[("a", "b", "blocks")])
    with pytest.raises(InvalidInputError, match="the id of a cycle or the links to remove"):
        await engine.apply_cut()
    with pytest.raises(InvalidInputError, match="'a' does not wait for 'd' by blocks"):
        await engine.apply_cut(edges=[("a", "b", "blocks"), ("a", "d", "blocks")])
    with pytest.raises(InvalidInputError, match="kind: 'related' is not one of blocks"):
        await engine.apply_cut(edges=[("a", "b", "related")])
    assert len(await engine.get_links("a")) == 3
    assert await engine.cycle_cuts() == []


async def test_a_cut_that_was_seen_is_made_only_while_it_is_suggested(
    engine: EmbeddedEngine,
) -> None:
    await engine.import_drafts(RING)
    (component,) = (await engine.cycles()).components
    seen = [(cut.from_, cut.to, cut.kind) for cut in component.cuts]
    others = [each for each in component.edges if each not in seen]
    with pytest.raises(InvalidInputError, match=f"changed meanwhile, to {seen[0][0]} -> "):
        await engine.apply_cut(component.id, edges=others[:1])
    assert await engine.cycle_cuts() == []
    done = await engine.apply_cut(component.id, edges=seen)
    assert (done.component, done.links) == (component.id, tuple(seen))


async def test_a_cut_is_undone_once_and_not_without_its_task(engine: EmbeddedEngine) -> None:
    await engine.import_drafts(RING)
    first = await engine.apply_cut(edges=[("a", "b", "blocks")])
    second = await engine.apply_cut(edges=[("d", "a", "blocks"), ("b", "c", "blocks")])
    await engine.undo_cut(first.id)
    with pytest.raises(InvalidInputError, match="undone already"):
        await engine.undo_cut(first.id)
    with pytest.raises(InvalidInputError, match="cut: none has the id 99"):
        await engine.undo_cut(99)
    await engine.delete_task("b")
    with pytest.raises(TaskNotFoundError):
        await engine.undo_cut(second.id)
    assert await engine.get_links("d") == []


async def test_without_a_cycle_the_order_answers_without_a_child(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        await engine.manager.context.tasks.guard.load()
        await engine.import_drafts(RING[:2])
        report = await engine.cycles()
        assert (report.components, report.edges_checked, report.bounded) == ((), 1, False)
        assert engine.manager.context.projections.pid is None


async def test_a_full_check_finds_an_order_that_is_wrong(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        guard = engine.manager.context.tasks.guard
        await guard.load()
        await engine.import_drafts(RING)
        graph_of(engine).remove("a", "b")  # a fault put in
        assert (await engine.cycles()).components == ()
        report = await service_of(engine).check(full=True)
        assert len(report.components) == 1
        await guard.load()
        assert graph_of(engine).edges == 4
        told = [e.message for e in await engine.events() if e.kind == "cycles.order"]
        assert len(told) == 1
        assert "(4, 3) tasks and edges, the truth (4, 4)" in told[0]


async def test_a_full_check_agrees_with_a_right_order(engine: EmbeddedEngine) -> None:
    await engine.import_drafts(RING)
    report = await service_of(engine).check(full=True)
    assert [component.tasks for component in report.components] == [("a", "b", "c")]
    assert [e for e in await engine.events() if e.kind == "cycles.order"] == []


async def test_full_checks_are_queued_when_the_last_one_is_long_ago(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        context = engine.manager.context
        settings = context.config.cycle_detection.model_copy(
            update={"full_check_interval_seconds": 1.0}
        )
        context.config = context.config.model_copy(update={"cycle_detection": settings})
        context.started_at -= 3600

        keeping = asyncio.create_task(cycle_schedule.keep_time(context))
        while not (found := await engine.operations(service="cycle_detection")):  # noqa: ASYNC110 - the store is asked
            await asyncio.sleep(0)
        keeping.cancel()
        assert [(view.kind, view.key, view.origin) for view in found] == [
            ("full_cycle_check", "periodic", "interval")
        ]
        await service_of(engine).check(full=True)
        last = await cycle_schedule._last(context)
        assert last > context.started_at + 3000
