"""The order in memory equals what SQLite holds, whatever is written, fails or is rolled back."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import IdSource
from engine.cycles import loading
from engine.database.database import Database
from engine.errors import CycleError, InvalidInputError, TaskError
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration
from engine.stores.outbox import Outbox
from engine.stores.tasks import TaskStore
from engine.tasks import Link, TaskDraft
from tests.conftest import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from engine.database.writer import WriterConnection

NAMES = [f"t{n}" for n in range(7)]
NAME = st.sampled_from(NAMES)
SOME = st.lists(NAME, max_size=3).map(tuple)
KIND = st.sampled_from(["blocks", "parent-child", "related"])
WRITE = st.one_of(
    st.tuples(st.just("create"), NAME, SOME, st.sampled_from(["", *NAMES])),
    st.tuples(st.just("link"), NAME, NAME, KIND),
    st.tuples(st.just("unlink"), NAME, NAME, KIND),
    st.tuples(st.just("move"), NAME, NAME),
    st.tuples(st.just("delete"), NAME),
    st.tuples(st.just("import"), st.lists(st.tuples(NAME, SOME), max_size=4)),
    st.tuples(st.just("fail"), NAME),
    st.tuples(st.just("load")),
    st.tuples(st.just("policy"), st.sampled_from(["reject", "flag"])),
)
GROUPS = st.lists(st.lists(WRITE, min_size=1, max_size=4), max_size=12)


class InjectedError(Exception):
    pass


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[TaskStore]:
    database = Database(folder, synchronous="normal")
    await database.open()
    clock, ids = FakeClock(), IdSource(random.Random(7))  # noqa: S311 - repeatable ids, not secrets
    config = ServiceConfiguration(data_dir=folder)
    queue = SqliteQueue(database, config, clock=clock, ids=ids, owner="test")
    await queue.open()
    tasks = TaskStore(database, queue, Outbox(queue), clock=clock, ids=ids)
    try:
        yield tasks
    finally:
        await tasks.guard.close()
        await database.close()


def policy(tasks: TaskStore, name: str) -> None:
    config = tasks._queue.config
    cycles = config.cycle_detection.model_copy(update={"policy": name})
    tasks._queue.config = config.model_copy(update={"cycle_detection": cycles})


async def write(tasks: TaskStore, step) -> None:
    match step:
        case ("create", name, waits_for, parent):
            await tasks.create(TaskDraft(name, id=name, depends_on=waits_for, parent=parent))
        case ("link", name, target, kind):
            await tasks.link(name, target, kind)
        case ("unlink", name, target, kind):
            await tasks.unlink(name, target, kind)
        case ("move", name, parent):
            await tasks.update(name, {"parent": parent})
        case ("delete", name):
            await tasks.delete(name)
        case ("import", drafts):
            await tasks.bring_in(
                [(n, TaskDraft(i, id=i, depends_on=w)) for n, (i, w) in enumerate(drafts)]
            )
        case ("fail", name):
            await tasks.change(lambda change: fail_after_writing(change, name))
        case ("load",):
            await tasks.guard.load()
        case ("policy", name):
            policy(tasks, name)


def fail_after_writing(change, name: str) -> None:
    if change.exists(name):
        change.delete(name)
    change.create(TaskDraft(name, id=name))
    raise InjectedError


def edges_of(connection: sqlite3.Connection) -> Counter[tuple[str, str]]:
    rows = connection.execute(
        "SELECT task_id, target_id, kind FROM links WHERE kind IN ('blocks', 'parent-child')"
        " AND target_id IN (SELECT id FROM tasks)"
    )
    return Counter((a, b) if kind == "blocks" else (b, a) for a, b, kind in rows)


def check(connection: WriterConnection, tasks: TaskStore) -> None:
    graph = tasks.guard.graph
    if graph is None:
        return
    order, names = graph.order, graph.names
    inside = Counter((names[a], names[b]) for a in graph.nodes.values() for b in order.after[a])
    aside = Counter({(names[a], names[b]): n for (a, b), n in graph.aside.items()})
    truth = edges_of(connection)
    assert inside + aside == truth
    assert graph.edges == truth.total()
    assert set(graph.nodes) == {name for (name,) in connection.execute("SELECT id FROM tasks")}
    assert (not aside) == nx.is_directed_acyclic_graph(nx.DiGraph(list(truth)))
    for a, b in inside:
        assert order.label[graph.nodes[a]] < order.label[graph.nodes[b]]


async def play(folder: Path, groups, *, loaded: bool) -> None:
    notices: list[str] = []
    async with opened(folder) as tasks:
        tasks.guard.notice = notices.append
        if loaded:
            await tasks.guard.load()
        for group in groups:
            results = await asyncio.gather(
                *(write(tasks, step) for step in group), return_exceptions=True
            )
            for error in results:
                if isinstance(error, BaseException) and not isinstance(
                    error, TaskError | InvalidInputError | InjectedError
                ):
                    raise error
            await tasks._database.write(lambda c: check(c, tasks))
        await tasks.guard.load()
        assert tasks.guard.graph is not None
        await tasks._database.write(lambda c: check(c, tasks))
    assert notices == []


@given(GROUPS, st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_equals_the_truth_after_any_writes_failures_and_rollbacks(groups, loaded) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), groups, loaded=loaded))


@pytest.fixture(params=["walking", "loaded"])
async def tasks(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TaskStore]:
    async with opened(tmp_path) as store:
        if request.param == "loaded":
            await store.guard.load()
        yield store


async def create(tasks: TaskStore, *names: str) -> None:
    for name in names:
        await tasks.create(TaskDraft(name, id=name))


async def test_a_target_that_appears_can_not_close_a_cycle(tasks: TaskStore) -> None:
    await create(tasks, "a")
    await tasks.create(TaskDraft("b", id="b", depends_on=("later",), parent="a"))
    await tasks.link("a", "x")
    await tasks.create(TaskDraft("y", id="y", parent="later"))  # later -> y
    await tasks.link("y", "b")  # y -> b -> later -> y, once there is a later
    with pytest.raises(CycleError, match="later -> y -> b -> later"):
        await create(tasks, "later")
    assert (await tasks.counts()).total == 3
    await tasks.unlink("y", "b")
    await create(tasks, "later")
    with pytest.raises(CycleError, match="y -> b -> later -> y"):
        await tasks.link("y", "b")


async def test_a_target_that_appears_is_flagged_by_that_policy(tasks: TaskStore) -> None:
    await create(tasks, "b")
    await tasks.create(TaskDraft("a", id="a", depends_on=("b",)))
    await tasks.link("b", "later")
    policy(tasks, "flag")
    await tasks.create(TaskDraft("later", id="later", depends_on=("a",)))
    await tasks.guard.load()
    assert tasks.guard.graph is not None
    assert tasks.guard.graph.aside


async def test_a_link_stops_being_an_edge_when_its_target_goes(tasks: TaskStore) -> None:
    await create(tasks, "a", "b", "c")
    await tasks.link("a", "b")
    await tasks.link("b", "c")
    await tasks.delete("b")
    await tasks.link("c", "a")


async def test_a_refused_link_leaves_no_edge(tasks: TaskStore) -> None:
    await create(tasks, "a", "b", "c")
    await tasks.link("a", "b")
    with pytest.raises(CycleError):
        await tasks.link("b", "a")
    await tasks.unlink("a", "b")
    await tasks.link("b", "a")


async def test_a_full_disk_takes_the_order_back_as_well(tmp_path: Path) -> None:
    async with opened(tmp_path) as tasks:
        await create(tasks, "a", "b")
        await tasks.guard.load()

        def fill(connection: WriterConnection) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")

        await tasks._database.write(fill, alone=True)

        def job(change) -> None:
            change.create(TaskDraft("c", id="c", depends_on=("a",)))
            change.link(Link("a", "b"))
            change.create(TaskDraft("d", id="d", description="x" * 1_000_000))

        with pytest.raises(sqlite3.OperationalError, match="full"):
            await tasks.change(job)
        assert tasks.guard.graph is not None
        assert tasks.guard.graph.edges == 0
        await tasks._database.write(lambda c: check(c, tasks))


async def test_an_order_that_does_not_fit_is_loaded_anew(tmp_path: Path) -> None:
    notices: list[str] = []
    async with opened(tmp_path) as tasks:
        tasks.guard.notice = notices.append
        await create(tasks, "a", "b", "c")
        await tasks.link("a", "b")
        await tasks.guard.load()
        tasks.guard.graph.remove("a", "b")  # type: ignore[union-attr]  # a fault put in
        await tasks.unlink("a", "b")
        await tasks.link("b", "c")
        with pytest.raises(CycleError):  # by walking, or by the order that was loaded meanwhile
            await tasks.link("c", "b")
        await tasks.guard.load()
        await tasks._database.write(lambda c: check(c, tasks))
        assert tasks.guard.graph is not None
    assert len(notices) == 1
    assert "did not fit" in notices[0]


async def test_writes_while_it_is_read_are_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader is held up before and after its snapshot; what is written then must be in."""
    async with opened(tmp_path) as tasks:
        await create(tasks, "a", "b", "c")
        original = loading.read
        loop = asyncio.get_running_loop()

        def write_from_outside(step) -> None:
            with contextlib.suppress(TaskError):
                asyncio.run_coroutine_threadsafe(write(tasks, step), loop).result()

        def read(path, stopped):
            write_from_outside(("link", "a", "b", "blocks"))
            found = original(path, stopped)
            write_from_outside(("link", "b", "c", "blocks"))
            write_from_outside(("link", "c", "a", "blocks"))  # refused by walking
            write_from_outside(("unlink", "a", "b", "blocks"))
            write_from_outside(("create", "d", ("a",), "b"))
            write_from_outside(("delete", "c"))
            return found

        monkeypatch.setattr(loading, "read", read)
        await tasks.guard.load()
        assert tasks.guard.graph is not None
        assert tasks.guard.graph.edges == 2
        await tasks._database.write(lambda c: check(c, tasks))


@pytest.mark.parametrize("looks", [0, 1, 2, 3])
async def test_loading_stops_when_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    monkeypatch.setattr("engine.cycles.sorting.LOT", 1)
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > looks

    async with opened(tmp_path) as tasks:
        await create(tasks, "a", "b")
        await tasks.link("a", "b")
        with pytest.raises(loading.LoadingStoppedError):
            await asyncio.to_thread(loading.read, tasks._database.path, stopped)
