"""What a person sees of the queue. For every queue."""

from __future__ import annotations

import pytest

from engine.operations import Completed, Failed, OperationFilter, ServicePriority, Steering
from tests.engine.queue.queues import EMBEDDING, S, depth, new, settle_one


async def a_bit_of_all(queue, clock) -> dict[str, int]:
    """Two of each section of a page; the ids by key."""
    ids = {}
    for key in ("done", "done-2", "bad", "run", "run-2"):
        (ids[key],) = await queue.enqueue([new(key)])
    done, done_2, bad, *_ = await queue.claim(S, 5)
    for operation, outcome in (
        (done, Completed()),
        (bad, Failed("bad", permanent=True)),
        (done_2, Completed()),
    ):
        clock.advance(1.0)
        await settle_one(queue, operation, outcome)
    low = ServicePriority.LOW
    rest = [
        new("due-low", priority=low),
        new("due"),
        new("parked"),
        new("late", delay=9.0),
        new("soon", delay=5.0),
    ]
    for wish, id_ in zip(rest, await queue.enqueue(rest), strict=True):
        ids[wish.key] = id_
    (ids["other"],) = await queue.enqueue(
        [new("other", service=EMBEDDING, priority=ServicePriority.HIGH)]
    )
    await queue.steer(Steering.PAUSE, OperationFilter(key="parked"))
    return ids


ORDER = "run run-2 other due due-low parked soon late done-2 bad done".split()  # noqa: SIM905


async def test_a_page_is_in_the_order_of_interest(queue, clock) -> None:
    await a_bit_of_all(queue, clock)
    assert [view.key for view in await queue.view()] == ORDER
    for limit in (1, 2, 3, 20):
        pages = [
            view.key
            for offset in range(0, len(ORDER), limit)
            for view in await queue.view(limit=limit, offset=offset)
        ]
        assert pages == ORDER
    assert await queue.view(offset=len(ORDER)) == []


@pytest.mark.parametrize(
    ("service", "state", "expected"),
    [
        (EMBEDDING, None, "other"),
        (S, None, "run run-2 due due-low parked soon late done-2 bad done"),
        (None, "running", "run run-2"),
        (None, "available", "other due due-low"),
        (None, "scheduled", "parked soon late"),
        (None, "completed", "done-2 done"),
        (S, "failed", "bad"),
        (EMBEDDING, "failed", ""),
        ("unknown", None, ""),
    ],
)
async def test_a_page_of_some(queue, clock, service, state, expected) -> None:
    await a_bit_of_all(queue, clock)
    views = await queue.view(service=service, state=state)
    assert [view.key for view in views] == expected.split()


async def test_one_is_found_alive_and_finished(queue, clock) -> None:
    ids = await a_bit_of_all(queue, clock)
    for view in await queue.view():
        assert await queue.get(ids[view.key]) == view
    assert await queue.get(12_345) is None


async def test_stats_count_what_is_there(queue, clock) -> None:
    await a_bit_of_all(queue, clock)
    await queue.enqueue([new("promised", delay=99.0, deadline=clock.now() - 1.0)])
    found = await depth(queue)
    assert (found.scheduled, found.available, found.running, found.failed) == (4, 2, 2, 1)
    assert (found.parked, found.overdue) == (1, 1)
    assert queue.available(S) == 2
    assert queue.available("unknown") == 0


async def test_since_when_the_oldest_is_due(queue, clock) -> None:
    assert await queue.due_since(S) is None
    await queue.enqueue([new("a")])
    since = clock.now()
    clock.advance(30.0)
    await queue.enqueue([new("b", priority=ServicePriority.CRITICAL)])
    assert await queue.due_since(S) == since
