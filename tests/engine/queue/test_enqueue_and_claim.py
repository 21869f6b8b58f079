"""Into the queue and out of it: order, delays, coalescing, aging, keys. For every queue."""

from __future__ import annotations

import pytest

from engine.errors import QueueFullError
from engine.operations import Cancelled, Completed, Failed, ServicePriority, Snooze
from tests.engine.queue.queues import EMBEDDING, S, depth, keys, new, settle_one

LOW, HIGH, CRITICAL = ServicePriority.LOW, ServicePriority.HIGH, ServicePriority.CRITICAL


async def test_priority_then_deadline_then_order_of_arrival(queue) -> None:
    await queue.enqueue(
        [
            new("low", priority=LOW),
            new("first"),
            new("second"),
            new("later", deadline=9.0),
            new("soon", deadline=5.0),
            new("high", priority=HIGH),
            new("critical", priority=CRITICAL),
        ]
    )
    expected = ["critical", "high", "soon", "later", "first", "second", "low"]
    assert await keys(queue) == expected


async def test_a_service_gets_only_its_own(queue) -> None:
    await queue.enqueue([new("a"), new("b", service=EMBEDDING)])
    assert await keys(queue) == ["a"]
    assert await keys(queue, service=EMBEDDING) == ["b"]


async def test_a_delay_is_honoured(queue, clock) -> None:
    await queue.enqueue([new(delay=5.0)])
    assert await queue.stage() == pytest.approx(5.0)
    assert await keys(queue) == []
    clock.advance(5.0)
    assert await queue.stage() is None
    assert await keys(queue) == ["t-1"]


async def test_debounce_pushes_out_but_not_past_the_maximum(queue, clock) -> None:
    await queue.enqueue([new(delay=5.0, max_wait=12.0)])
    for _ in range(2):
        clock.advance(4.0)
        await queue.enqueue([new(delay=5.0)])
        assert await queue.stage() == pytest.approx(min(5.0, 12.0 - clock.now() + 1_800_000_000))
    clock.advance(4.0)
    await queue.stage()
    assert await keys(queue) == ["t-1"]


async def test_the_first_wish_too_waits_no_longer_than_its_maximum(queue, clock) -> None:
    await queue.enqueue([new(delay=5.0, max_wait=2.0)])
    assert await queue.stage() == pytest.approx(2.0)


async def test_equal_ones_become_one_with_the_best_of_both(queue) -> None:
    (first,) = await queue.enqueue(
        [new(payload={"a": 1, "deep": {"x": 1}}, priority=LOW, deadline=9.0, origin="ann")]
    )
    assert await queue.enqueue(
        [new(payload={"b": 2, "deep": {"y": 2}}, priority=HIGH, deadline=20.0, origin="bob")]
    ) == [first]
    (claimed,) = await queue.claim(S, 10)
    assert claimed.payload == {"a": 1, "b": 2, "deep": {"x": 1, "y": 2}}
    assert (claimed.priority, claimed.deadline, claimed.origin) == (HIGH, 9.0, "bob")


async def test_a_null_in_the_payload_removes_what_was_there(queue) -> None:
    await queue.enqueue([new(payload={"a": 1, "b": 2}), new(payload={"a": None, "c": {"d": None}})])
    (claimed,) = await queue.claim(S, 1)
    assert claimed.payload == {"b": 2, "c": {}}


async def test_a_wish_without_delay_makes_the_waiting_one_due(queue) -> None:
    assert len(set(await queue.enqueue([new(delay=60.0), new()]))) == 1
    assert await keys(queue) == ["t-1"]


async def test_one_that_is_due_stays_due(queue) -> None:
    await queue.enqueue([new(), new(delay=60.0)])
    assert await keys(queue) == ["t-1"]


async def test_without_a_key_nothing_coalesces(queue) -> None:
    assert len(set(await queue.enqueue([new(None), new(None)]))) == 2
    assert await keys(queue) == [None, None]


async def test_what_the_caller_changes_later_does_not_reach_the_queue(queue) -> None:
    payload = {"list": [1]}
    await queue.enqueue([new(payload=payload)])
    payload["list"].append(2)
    (claimed,) = await queue.claim(S, 1)
    assert claimed.payload == {"list": [1]}


async def test_triggers_during_the_run_run_it_once_more(queue) -> None:
    await queue.enqueue([new()])
    (running,) = await queue.claim(S, 1)
    assert len(set(await queue.enqueue([new(), new()]))) == 1
    assert await queue.claim(S, 10) == [], "the key is being worked on"
    await settle_one(queue, running, Completed())
    (again,) = await queue.claim(S, 10)
    assert await settle_one(queue, again, Completed())
    assert await queue.claim(S, 10) == []


@pytest.mark.parametrize("outcome", [Failed("boom"), Snooze(3.0, "away")])
async def test_one_put_back_gives_way_to_a_newer_one(queue, outcome) -> None:
    (old,) = await queue.enqueue([new()])
    (running,) = await queue.claim(S, 1)
    (newer,) = await queue.enqueue([new()])
    assert await settle_one(queue, running, outcome)
    assert [operation.id for operation in await queue.claim(S, 10)] == [newer]
    view = await queue.get(old)
    assert (view.state, view.detail) == ("cancelled", "a newer one waits")


async def test_two_kinds_with_one_key_never_run_together(queue) -> None:
    await queue.enqueue([new("a"), new("a", "delete_task"), new("b")])
    claimed = await queue.claim(S, 10)
    assert [(o.key, o.kind) for o in claimed] == [("a", "sync_task"), ("b", "sync_task")]
    assert await queue.claim(S, 10) == []
    await settle_one(queue, claimed[0], Cancelled("gone"))
    assert [o.kind for o in await queue.claim(S, 10)] == ["delete_task"]


async def stream(queue, clock, rounds: int, **fields) -> list[str | None]:
    """Two new ones a round and one claimed, with aging in between; the keys claimed."""
    claimed: list[str | None] = []
    for number in range(rounds):
        await queue.enqueue([new(f"{number}-{twin}", **fields) for twin in "ab"])
        clock.advance(20.0)
        await queue.age()
        (operation,) = await queue.claim(S, 1)
        claimed.append(operation.key)
        await settle_one(queue, operation, Completed())
    return claimed


async def test_priority_is_strict_before_the_time(queue, clock) -> None:
    await queue.enqueue([new("patient", priority=LOW)])
    assert "patient" not in await stream(queue, clock, 11, priority=CRITICAL)


async def test_a_low_one_gets_its_turn_under_a_steady_stream_of_better_ones(queue, clock) -> None:
    await queue.enqueue([new("patient", priority=LOW)])
    claimed = await stream(queue, clock, 60, priority=CRITICAL)
    assert "patient" in claimed


async def test_one_without_a_deadline_gets_its_turn_behind_those_with_one(queue, clock) -> None:
    await queue.enqueue([new("patient")])
    claimed = await stream(queue, clock, 60, deadline=1.0)
    assert "patient" in claimed


async def test_after_the_last_step_up_it_is_first_come_first_served(queue, clock) -> None:
    await queue.enqueue([new("old", priority=CRITICAL)])
    clock.advance(61.0)
    assert await queue.age() == 1
    await queue.enqueue([new("urgent", priority=CRITICAL, deadline=1.0)])
    clock.advance(61.0)
    assert await queue.age() == 1
    assert await keys(queue) == ["old", "urgent"]


async def test_aging_is_a_step_at_a_time(queue, clock) -> None:
    await queue.enqueue([new("low", priority=LOW)])
    clock.advance(121.0)
    assert [await queue.age() for _ in range(3)] == [1, 1, 0]


async def test_a_full_queue_refuses_and_stores_nothing(kind, make) -> None:
    queue = await (await make(kind, queue_limit=2)).owner("one")
    await queue.enqueue([new("a")])
    with pytest.raises(QueueFullError, match="holds 1 operations, its limit is 2"):
        await queue.enqueue([new("b"), new("c")])
    assert (await depth(queue)).available == 1
    assert await keys(queue) == ["a"]
    with pytest.raises(QueueFullError):
        await queue.enqueue([new("b"), new("c")])  # what runs counts too
    await queue.enqueue([new("b")])


async def test_nothing_to_enqueue_is_nothing(queue) -> None:
    assert await queue.enqueue([]) == []
    assert await queue.stats() == {}
