"""What only the queue in SQLite promises: the outbox, its file, and queries that stay quick."""

from __future__ import annotations

import asyncio
import re
import sqlite3

import pytest

from engine.database import connection
from engine.database.writer import WriterConnection
from engine.errors import DataDirectoryError
from engine.operations import (
    Completed,
    Failed,
    OperationFilter,
    ServicePriority,
    Snooze,
    Steering,
)
from engine.queue import age, claim, depths, enqueue, rescue, settle, views
from engine.queue.sqlite_queue import HEADS, OVERDUE
from tests.engine.queue.queues import EMBEDDING, S, new, settle_one

COUNT = """
SELECT service, state, count(*) AS number FROM operations GROUP BY service, state
UNION ALL SELECT service, state, count(*) FROM finished_operations GROUP BY service, state
"""


async def counted(sqlite, queue) -> None:
    """Assert that the numbers kept along are those of the rows."""
    rows = {(r["service"], r["state"]): r["number"] for r in await sqlite.database.rows(COUNT)}
    for service, found in (await queue.stats()).items():
        for state in ("scheduled", "available", "running", "failed"):
            assert getattr(found, state) == rows.get((service, state), 0), (service, state)
    assert {service for service, _ in rows} <= set(await queue.stats())


async def test_a_transaction_that_fails_takes_its_operations_along(sqlite) -> None:
    queue = await sqlite.owner("one")

    def failing(writing) -> None:
        queue.enqueue_in(writing, [new("lost"), new("joined")])
        raise ZeroDivisionError

    neighbours = [queue.enqueue([new(key)]) for key in ("joined", "b")]
    found = await asyncio.gather(
        sqlite.database.write(failing), *neighbours, return_exceptions=True
    )
    assert isinstance(found[0], ZeroDivisionError)
    assert sorted(view.key for view in await queue.view()) == ["b", "joined"]
    await counted(sqlite, queue)


@pytest.mark.parametrize("bad", ["\ud800", 2**70, object()], ids=["text", "number", "object"])
async def test_what_can_not_be_stored_takes_no_neighbour_along(sqlite, bad) -> None:
    queue = await sqlite.owner("one")
    found = await asyncio.gather(
        queue.enqueue([new("a")]),
        queue.enqueue([new("lost"), new(bad)]),
        queue.enqueue([new("b")]),
        return_exceptions=True,
    )
    assert [isinstance(result, Exception) for result in found] == [False, True, False]
    assert sorted(view.key for view in await queue.view()) == ["a", "b"]
    await counted(sqlite, queue)


@pytest.mark.timeout(10)
async def test_a_wish_after_the_end_is_refused_and_not_kept_waiting(sqlite) -> None:
    queue = await sqlite.owner("one")
    await sqlite.database.close()
    async with asyncio.timeout(5):
        with pytest.raises(DataDirectoryError):
            await queue.enqueue([new("late")])


async def test_what_waits_for_a_part_is_kept_whatever_the_text(sqlite) -> None:
    queue = await sqlite.owner("one")
    await queue.enqueue([new("a")])
    (operation,) = await queue.claim(S, 1)
    assert await settle_one(queue, operation, Snooze(5, "no such file: m\udcffdel"))
    assert (await queue.get(operation.id)).waiting_for == "no such file: m?del"


@pytest.mark.timeout(20)
async def test_an_outcome_that_could_not_be_written_is_found_out(
    sqlite, clock, monkeypatch
) -> None:
    queue = await sqlite.owner("one")
    await queue.enqueue([new("a")])
    (operation,) = await queue.claim(S, 1)
    with monkeypatch.context() as broken:
        broken.setattr(settle, "settle", full_disk)
        with pytest.raises(sqlite3.OperationalError):
            await settle_one(queue, operation, Completed())
    for _ in range(4):  # the engine lives on
        clock.advance(sqlite.config.lease_seconds / 3)
        await queue.heartbeat()
        await queue.rescue()
    assert [claimed.id for claimed in await queue.claim(S, 1)] == [operation.id]


def full_disk(*_) -> None:
    raise sqlite3.OperationalError("database or disk is full")


async def test_an_outbox_commits_with_its_transaction(sqlite) -> None:
    queue = await sqlite.owner("one")
    ids = await sqlite.database.write(lambda c: queue.enqueue_in(c, [new("a")]))
    assert [view.id for view in await queue.view()] == ids
    assert queue.available(S) == 1


async def test_after_reopening_the_file_all_is_as_it_was(sqlite, clock) -> None:
    queue = await sqlite.owner("one")
    await everything(queue, clock)
    await counted(sqlite, queue)
    before, views = await queue.stats(), await queue.view()
    await sqlite.reopen()
    again = await sqlite.owner("two")
    assert await again.stats() == before
    assert await again.view() == views
    await counted(sqlite, again)


async def everything(queue, clock) -> None:
    """Each way an operation can change, at least once."""
    wishes = [new(str(n), delay=n % 3, priority=ServicePriority(n % 4)) for n in range(24)]
    await queue.enqueue(wishes)
    await queue.enqueue([new("0", delay=1.0), new("1"), new(None), new("x", service=EMBEDDING)])
    await queue.enqueue([new("promised", deadline=clock.now() - 1.0, delay=99.0)])
    clock.advance(1)
    await queue.stage()
    a, b, c, d, _ = await queue.claim(S, 5)
    await queue.settle([(a, Completed()), (b, Failed("x")), (c, Snooze(9.0, "y"))])
    await settle_one(queue, d, Failed("x", permanent=True))
    await queue.steer(Steering.PAUSE, OperationFilter(key="7"))
    await queue.steer(Steering.CANCEL, OperationFilter(key="9"))
    await queue.steer(Steering.RETRY, OperationFilter(key="9"))
    await queue.prune(1)


async def test_an_operation_keeps_its_id_for_ever(sqlite) -> None:
    queue = await sqlite.owner("one")
    (last,) = await queue.enqueue([new()])
    await settle_one(queue, (await queue.claim(S, 1))[0], Completed())
    await queue.prune(0)
    await sqlite.reopen()
    assert await (await sqlite.owner("two")).enqueue([new()]) > [last]


async def test_text_of_an_agent_is_stored_as_it_is(sqlite) -> None:
    queue = await sqlite.owner("one")
    hostile = "'); DROP TABLE operations; -- \x1b[2J [@click=app.quit]x[/] \0 \N{PILE OF POO}"
    (id_,) = await queue.enqueue([new(hostile, origin=hostile, payload={hostile: hostile})])
    (operation,) = await queue.claim(S, 1)
    assert (operation.key, operation.payload) == (hostile, {hostile: hostile})
    await settle_one(queue, operation, Failed(hostile, hostile, permanent=True))
    view = await queue.get(id_)
    assert (view.key, view.origin, view.detail) == (hostile, hostile, hostile)


# -- the plans of the statements as the queue really runs them, parameters unknown


@pytest.fixture
async def plans(make, clock, monkeypatch) -> dict[str, str]:
    """Each statement of the queue's life and its plan."""
    ran: dict[str, object] = {}

    class Recording(WriterConnection):
        def execute(self, sql, parameters=()):
            ran.setdefault(sql, parameters)
            return super().execute(sql, parameters)

        def executemany(self, sql, parameters):
            listed = list(parameters)
            ran.update(dict.fromkeys([sql], listed[0]) if listed else {})
            return super().executemany(sql, listed)

    monkeypatch.setattr(connection, "WriterConnection", Recording)
    sqlite = await make("sqlite")
    rows = sqlite.database.rows

    async def recording(sql, parameters=()):
        ran.setdefault(sql, parameters)
        return await rows(sql, parameters)

    class Reading(sqlite3.Connection):
        def execute(self, sql, parameters=()):
            ran.setdefault(sql, parameters)
            return super().execute(sql, parameters)

    connect = sqlite3.connect
    queue = await sqlite.owner("one")
    monkeypatch.setattr(sqlite.database, "rows", recording)
    monkeypatch.setattr(
        connection.sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Reading)
    )
    ran.clear()
    await everything(queue, clock)
    await live_on(queue, await sqlite.owner("two"), clock)
    monkeypatch.undo()
    return {
        sql: "; ".join(row["detail"] for row in await rows(f"EXPLAIN QUERY PLAN {sql}", values))
        for sql, values in ran.items()
        if re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT)", sql)
    }


async def live_on(queue, other, clock) -> None:
    """What comes along without a wish, and what is looked at."""
    clock.advance(600)
    await queue.age()
    await queue.heartbeat()
    await queue.due_since(S)
    await queue.stats()
    for service in (None, S):
        for state in (None, "running", "available", "scheduled", "failed", "completed"):
            await queue.view(service=service, state=state)
            await queue.view(service=service, state=state, offset=1)
    await queue.get(1)
    await queue.rescue()
    await other.rescue(all_others=True)


WHOLE = re.compile(r"SCAN (operations|finished_operations|waiting|other)(?! USING)")
SORTED = "USE TEMP B-TREE FOR ORDER BY"


def of(plans: dict[str, str], *parts: str) -> str:
    """The plan of the one statement that has all these parts."""
    found = [sql for sql in plans if all(part in sql for part in parts)]
    assert len(found) == 1, (parts, found)
    return plans[found[0]]


def by_hand(sql: str) -> bool:
    """A person's filter may name anything; and at the start all is counted once."""
    return "LIMIT :step" in sql or sql == depths.COUNT


async def test_no_statement_reads_a_whole_table(plans) -> None:
    assert len(plans) > 25
    whole = {sql: plan for sql, plan in plans.items() if WHOLE.search(plan) and not by_hand(sql)}
    assert whole == {}


async def test_nothing_is_sorted_that_an_index_has_in_order(plans) -> None:
    few = ("WHERE state = 'running'", "WHERE parked = 1")  # sorted by id: what runs, what is paused
    slow = {s for s, plan in plans.items() if SORTED in plan and not any(f in s for f in few)}
    assert slow == set()


@pytest.mark.parametrize(
    ("parts", "index"),
    [
        ((claim.BEST,), "SEARCH waiting USING INDEX operations_available (service=?)"),
        ((claim.BEST,), "SEARCH other USING INDEX operations_running (service=? AND key=?)"),
        ((claim.LEASE,), "USING INTEGER PRIMARY KEY"),
        (("RETURNING service", "run_at <= ?"), "USING INDEX operations_scheduled (run_at<?)"),
        (("min(run_at)",), "operations_scheduled"),
        ((enqueue.WAITING,), "operations_waiting (service=? AND kind=? AND key=?)"),
        ((enqueue.COALESCE,), "USING INTEGER PRIMARY KEY"),
        (
            (age.PROMOTE.format(range="="),),
            "operations_available (service=? AND rank=? AND turn=?)",
        ),
        (
            (age.PROMOTE.format(range="<"),),
            "operations_available (service=? AND rank=? AND turn<?)",
        ),
        ((settle.CLAIMED,), "USING INTEGER PRIMARY KEY"),
        ((settle.REMEMBER,), "USING INTEGER PRIMARY KEY"),
        ((settle.WAIT_AGAIN,), "USING INTEGER PRIMARY KEY"),
        (("SET lease_until = ?",), "USING INTEGER PRIMARY KEY"),
        (("lease_until < :now",), "operations_running"),
        (("claimed_by <> :owner",), "operations_running"),
        ((rescue.BACK,), "USING INTEGER PRIMARY KEY"),
        (("DELETE FROM finished_operations", "finished_at, id LIMIT"), "finished_by_time"),
        ((HEADS,), "operations_available (service=? AND rank=?)"),
        (("parked = 1 GROUP BY",), "operations_parked"),
        (("count(*)", OVERDUE), "operations_promised (deadline<?)"),
        (("count(*)", ":service IS NULL"), "operations_parked"),
        ((views.AVAILABLE,), "operations_available (service=?)"),
        ((views.RUNNING, "' ORDER"), "operations_running"),
        ((views.RUNNING, "service = :service"), "operations_running (service=?)"),
        ((views.PAUSED, "1 ORDER"), "operations_parked"),
        ((views.PAUSED, "service = :service"), "operations_parked (service=?)"),
        ((views.SCHEDULED, "0 ORDER"), "operations_scheduled"),
        ((views.SCHEDULED, "service = :service"), "operations_scheduled"),
        ((views.FINISHED, "WHERE 1 ORDER"), "finished_by_time"),
        ((views.FINISHED, "1 AND service = :service ORDER"), "finished_by_time"),
        ((views.FINISHED, "1 AND state = :state"), "finished_by_time"),
        ((views.FINISHED, "service = :service AND state"), "finished_failed (service=?)"),
    ],
    ids=lambda value: " ".join("".join(value).split())[:60],
)
async def test_a_statement_uses_its_index(plans, parts, index) -> None:
    assert index in of(plans, *parts)
