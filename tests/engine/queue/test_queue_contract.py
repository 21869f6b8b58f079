"""What any queue must do; run here on the SQLite one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.database.database import Database
from engine.errors import QueueFullError
from engine.operations import (
    Cancelled,
    Completed,
    Failed,
    NewOperation,
    ServicePriority,
    Snooze,
)
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

S = "incremental_sync"


class Opened:
    """A queue and the means to make another owner of the same file."""

    def __init__(self, database: Database, config, clock, ids) -> None:
        self.database, self.config, self.clock, self.ids = database, config, clock, ids

    def owner(self, name: str) -> SqliteQueue:
        return SqliteQueue(self.database, self.config, clock=self.clock, ids=self.ids, owner=name)


@pytest.fixture
async def opened(tmp_path: Path, clock, ids) -> AsyncIterator[Opened]:
    database = Database(tmp_path)
    await database.open()
    yield Opened(database, ServiceConfiguration(data_dir=tmp_path), clock, ids)
    await database.close()


@pytest.fixture
def queue(opened: Opened) -> SqliteQueue:
    return opened.owner("one")


def new(key: str | None = "t-1", **fields) -> NewOperation:
    return NewOperation(S, "sync_task", key, **fields)


async def test_priority_then_deadline_then_age_decides(queue: SqliteQueue) -> None:
    await queue.enqueue(
        [
            new("low", priority=ServicePriority.LOW),
            new("old"),
            new("young"),
            new("urgent", deadline=5.0),
            new("critical", priority=ServicePriority.CRITICAL),
        ]
    )
    claimed = await queue.claim(S, 10)
    assert [o.key for o in claimed] == ["critical", "urgent", "old", "young", "low"]


async def test_a_delay_is_honoured(queue: SqliteQueue, clock) -> None:
    await queue.enqueue([new(delay=5.0)])
    assert await queue.stage() == 5.0
    assert await queue.claim(S, 1) == []
    clock.advance(5.0)
    assert await queue.stage() is None
    assert len(await queue.claim(S, 1)) == 1


async def test_equal_ones_that_wait_become_one(queue: SqliteQueue) -> None:
    first = await queue.enqueue([new(payload={"a": 1})])
    second = await queue.enqueue([new(payload={"b": 2}, priority=ServicePriority.HIGH)])
    assert first == second
    (claimed,) = await queue.claim(S, 10)
    assert claimed.payload == {"a": 1, "b": 2}
    assert claimed.priority is ServicePriority.HIGH


async def test_operations_without_a_key_never_coalesce(queue: SqliteQueue) -> None:
    await queue.enqueue([new(None), new(None)])
    assert len(await queue.claim(S, 10)) == 2


async def test_debounce_pushes_out_but_not_past_the_maximum(queue: SqliteQueue, clock) -> None:
    await queue.enqueue([new(delay=5.0, max_wait=12.0)])
    for _ in range(4):
        clock.advance(4.0)
        await queue.enqueue([new(delay=5.0)])
    assert await queue.stage() is None, "16 s after the first it is due, though pushed each time"
    assert len(await queue.claim(S, 1)) == 1


async def test_a_trigger_during_the_run_runs_once_more(queue: SqliteQueue) -> None:
    await queue.enqueue([new()])
    (running,) = await queue.claim(S, 1)
    await queue.enqueue([new()])
    await queue.enqueue([new()])
    assert await queue.claim(S, 10) == [], "the key is being worked on"
    await queue.complete(running, Completed())
    (again,) = await queue.claim(S, 10)
    assert await queue.complete(again, Completed())
    assert await queue.claim(S, 10) == []


async def test_an_old_claim_changes_nothing(opened: Opened) -> None:
    one, two = opened.owner("one"), opened.owner("two")
    await one.enqueue([new()])
    (stale,) = await one.claim(S, 1)
    assert await two.rescue(all_others=True) == 1
    (fresh,) = await two.claim(S, 1)
    assert fresh.claims == stale.claims + 1
    for settle in (
        one.complete(stale, Completed()),
        one.fail(stale, Failed("late")),
        one.snooze(stale, Snooze(1, "late")),
        one.cancel(stale, Cancelled("late")),
    ):
        assert await settle is False
    assert await two.complete(fresh, Completed())


async def test_a_failure_waits_twice_as_long_each_time_and_then_gives_up(
    queue: SqliteQueue, clock
) -> None:
    (id_,) = await queue.enqueue([new()])
    waits = []
    for _ in range(3):
        (claimed,) = await queue.claim(S, 1)
        await queue.fail(claimed, Failed("boom", "Traceback: boom"))
        waits.append(await queue.stage())
        clock.advance(20.0)
        await queue.stage()
    assert [round(wait) for wait in waits] == [2, 4, 8]
    (claimed,) = await queue.claim(S, 1)
    await queue.fail(claimed, Failed("boom"))
    view = await queue.get(id_)
    assert view.state == "failed"
    assert view.detail == "boom"
    assert [entry["error"] for entry in view.history] == ["boom"] * 4
    assert (await queue.stats())[S].failed == 1


async def test_a_permanent_failure_is_not_tried_again_but_can_be_by_hand(
    queue: SqliteQueue,
) -> None:
    (id_,) = await queue.enqueue([new()])
    (claimed,) = await queue.claim(S, 1)
    await queue.fail(claimed, Failed("bad input", permanent=True))
    assert (await queue.get(id_)).state == "failed"
    assert await queue.retry(id_)
    (again,) = await queue.claim(S, 1)
    assert (again.id, again.attempts) == (id_, 0)


async def test_a_snooze_is_not_an_attempt(queue: SqliteQueue, clock) -> None:
    await queue.enqueue([new()])
    for _ in range(10):
        (claimed,) = await queue.claim(S, 1)
        assert claimed.attempts == 0
        await queue.snooze(claimed, Snooze(3.0, "kuzu: away", "kuzu"))
        clock.advance(3.0)
        await queue.stage()
    assert (await queue.stats())[S].available == 1


async def test_poison_is_set_aside_after_three_unclean_claims(opened: Opened) -> None:
    first = opened.owner("0")
    (id_,) = await first.enqueue([new("poison")])
    for n in range(3):
        assert len(await opened.owner(str(n)).claim(S, 1)) == 1
        await opened.owner(str(n + 1)).rescue(all_others=True)
    view = await first.get(id_)
    assert view.state == "failed"
    assert "ended 3 times" in view.detail


async def test_a_lease_that_runs_out_is_rescued_unless_renewed(opened: Opened, clock) -> None:
    queue = opened.owner("one")
    await queue.enqueue([new()])
    await queue.claim(S, 1)
    clock.advance(opened.config.lease_seconds - 1)
    assert await queue.heartbeat() == 1
    clock.advance(opened.config.lease_seconds - 1)
    assert await queue.rescue() == 0
    clock.advance(2)
    assert await queue.rescue() == 1
    assert len(await queue.claim(S, 1)) == 1


async def test_a_paused_service_is_handed_nothing(queue: SqliteQueue) -> None:
    await queue.enqueue([new()])
    await queue.pause(S, "by hand")
    assert await queue.claim(S, 1) == []
    await queue.resume(S)
    assert len(await queue.claim(S, 1)) == 1


async def test_only_what_waits_can_be_cancelled(queue: SqliteQueue) -> None:
    waiting, running = await queue.enqueue([new("a"), new("b", priority=ServicePriority.HIGH)])
    await queue.claim(S, 1)
    assert await queue.cancel_waiting(waiting, "no longer wanted")
    assert not await queue.cancel_waiting(running, "too late")
    assert (await queue.get(waiting)).detail == "no longer wanted"


async def test_a_full_queue_refuses(opened: Opened) -> None:
    opened.config = opened.config.model_copy(update={"queue_limit": 2})
    queue = opened.owner("one")
    await queue.enqueue([new("a"), new("b")])
    with pytest.raises(QueueFullError, match="its limit is 2"):
        await queue.enqueue([new("c")])


async def test_the_history_is_pruned_from_its_oldest(queue: SqliteQueue, clock) -> None:
    ids = await queue.enqueue([new(str(n)) for n in range(5)])
    for operation in await queue.claim(S, 5):
        clock.advance(1)
        await queue.complete(operation, Completed())
    assert await queue.prune(2) == 3
    assert [view.id for view in await queue.view(service=None)] == ids[:2:-1]


async def test_counters_agree_with_the_rows(queue: SqliteQueue, clock) -> None:
    await queue.enqueue([new(str(n), delay=n % 3) for n in range(9)])
    clock.advance(1)
    await queue.stage()
    await queue.claim(S, 2)
    depth = (await queue.stats())[S]
    assert (depth.scheduled, depth.available, depth.running) == (3, 4, 2)


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (
            (
                "SELECT id FROM operations WHERE state = 'available' AND service = 'a'"
                " ORDER BY priority, deadline, id LIMIT 10"
            ),
            "operations_available",
        ),
        (
            (
                "SELECT id FROM operations WHERE state = 'scheduled' AND run_at <= 5"
                " ORDER BY run_at LIMIT 10"
            ),
            "operations_scheduled",
        ),
        (
            "SELECT id FROM operations WHERE state = 'running' AND lease_until < 5",
            "operations_leased",
        ),
    ],
)
async def test_queries_scan_only_what_they_can_use(opened: Opened, sql: str, index: str) -> None:
    plan = await opened.database.rows(f"EXPLAIN QUERY PLAN {sql}")
    detail = " ".join(row["detail"] for row in plan)
    assert index in detail
    assert "TEMP B-TREE" not in detail
