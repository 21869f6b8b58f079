"""What a person does to the queue. For every queue."""

from __future__ import annotations

import pytest

from engine.operation_views import OperationsQuery
from engine.operations import Completed, Failed, OperationFilter, ServicePriority, Snooze, Steering
from tests.engine.queue.queues import EMBEDDING, S, depth, keys, new, settle_one

ONE = OperationFilter
ALL = OperationFilter()


async def test_a_paused_service_is_handed_nothing(queue) -> None:
    await queue.enqueue([new("a"), new("b", delay=5.0), new("c", service=EMBEDDING)])
    assert await queue.pause(S, "by hand") == 2
    assert queue.pauses() == {S: "by hand"}
    assert await keys(queue) == []
    assert await keys(queue, service=EMBEDDING) == ["c"]
    assert await queue.resume(S) == 2
    assert queue.pauses() == {}
    assert await keys(queue) == ["a"]


async def test_a_pause_outlives_its_owner(queues) -> None:
    await (await queues.owner("one")).pause(S, "by hand")
    await queues.reopen()
    queue = await queues.owner("two")
    await queue.enqueue([new()])
    assert queue.pauses() == {S: "by hand"}
    assert await keys(queue) == []
    await queue.resume(S)
    await queues.reopen()
    assert (await queues.owner("three")).pauses() == {}


async def test_only_what_waits_can_be_cancelled(queue) -> None:
    running, waiting, later = await queue.enqueue([new("a"), new("b"), new("c", delay=9.0)])
    await queue.claim(S, 1)
    assert len(await queue.steer(Steering.CANCEL, ALL, reason="no longer wanted")) == 2
    assert (await queue.get(running)).state == "running"
    for id_ in (waiting, later):
        view = await queue.get(id_)
        assert (view.state, view.detail) == ("cancelled", "no longer wanted")


@pytest.mark.parametrize(
    "which",
    [
        ONE(service=EMBEDDING),
        ONE(kind="embed"),
        ONE(key="b"),
        ONE(state="scheduled"),
        ONE(origin="agent"),
        ONE(service=EMBEDDING, key="b"),
    ],
    ids=str,
)
async def test_a_filter_touches_what_matches_all_of_it(queue, which) -> None:
    other = {"service": EMBEDDING, "kind": "embed", "key": "b", "delay": 9.0, "origin": "agent"}
    kept, touched = await queue.enqueue([new("a"), new(**other)])
    assert len(await queue.steer(Steering.CANCEL, which)) == 1
    assert (await queue.get(kept)).state == "available"
    assert (await queue.get(touched)).state == "cancelled"


async def test_a_filter_whose_parts_do_not_meet_touches_nothing(queue) -> None:
    await queue.enqueue([new("a", origin="ann"), new("b", origin="bob")])
    assert len(await queue.steer(Steering.CANCEL, ONE(key="a", origin="bob"))) == 0


async def test_hostile_text_in_a_filter_is_only_text(queue) -> None:
    await queue.enqueue([new("a")])
    assert len(await queue.steer(Steering.CANCEL, ONE(key="' OR 1=1 --"))) == 0


async def test_no_id_is_none_and_not_all(queue) -> None:
    await queue.enqueue([new("a"), new("b")])
    assert await queue.steer(Steering.CANCEL, ONE(ids=())) == []
    assert (await queue.preview(Steering.CANCEL, ONE(ids=()))).total == 0
    assert (await queue.page(OperationsQuery(ONE(ids=())))).total == 0
    assert (await queue.page(OperationsQuery(ONE(ids=(), state="available")))).rows == ()
    assert (await queue.page(OperationsQuery())).total == 2


async def test_what_was_touched_is_told_by_its_id(queue) -> None:
    first, second, third = await queue.enqueue([new("a"), new("b"), new("c")])
    assert await queue.steer(Steering.PAUSE, ONE(ids=(second,))) == [second]
    assert sorted(await queue.steer(Steering.PAUSE, ALL)) == [first, third]
    assert sorted(await queue.steer(Steering.CANCEL, ALL)) == [first, second, third]
    assert sorted(await queue.steer(Steering.RETRY, ONE(ids=(first, 99)))) == [first]


async def test_one_id_is_one(queue) -> None:
    first, second = await queue.enqueue([new("a"), new("b")])
    assert len(await queue.steer(Steering.PAUSE, ONE(ids=(second,)))) == 1
    assert len(await queue.steer(Steering.PAUSE, ONE(ids=(second, 99)))) == 0
    assert await keys(queue) == ["a"]
    assert (await queue.get(first)).state == "running"


async def test_failed_and_cancelled_ones_start_afresh(queue) -> None:
    failed, cancelled, completed = await queue.enqueue([new("a"), new("b"), new("c")])
    a, _, c = await queue.claim(S, 3)
    await queue.settle([(a, Failed("bad", permanent=True)), (c, Completed())])
    await queue.settle([(_, Snooze(0, ""))])
    await queue.steer(Steering.CANCEL, ONE(ids=(cancelled,)))
    assert len(await queue.steer(Steering.RETRY, ALL)) == 2
    assert (await queue.get(completed)).state == "completed"
    again = await queue.claim(S, 10)
    assert [(o.id, o.attempts) for o in again] == [(failed, 0), (cancelled, 0)]
    assert again[0].claims == a.claims + 1, "an old claim stays old"
    assert not await settle_one(queue, a, Completed())


async def test_a_retry_joins_an_equal_one_that_waits(queue) -> None:
    (old,) = await queue.enqueue([new()])
    (operation,) = await queue.claim(S, 1)
    await settle_one(queue, operation, Failed("bad", permanent=True))
    (waiting,) = await queue.enqueue([new()])
    assert await queue.steer(Steering.RETRY, ONE(ids=(old,))) == [old]
    kept = await queue.get(old)
    assert (kept.state, kept.detail, len(kept.history)) == ("cancelled", "bad", 1)
    assert await keys(queue) == ["t-1"]
    assert (await queue.get(waiting)).state == "running"
    assert (await depth(queue)).failed == 0


async def test_run_now_does_not_wait_for_the_time(queue, clock) -> None:
    (id_,) = await queue.enqueue([new(delay=500.0)])
    assert len(await queue.steer(Steering.RUN_NOW, ONE(ids=(id_,)))) == 1
    assert len(await queue.steer(Steering.RUN_NOW, ONE(ids=(id_,)))) == 0, "it is due already"
    (operation,) = await queue.claim(S, 1)
    assert operation.run_at == clock.now()


async def test_another_priority(queue) -> None:
    _, second = await queue.enqueue([new("a"), new("b")])
    touched = await queue.steer(
        Steering.PRIORITIZE, ONE(ids=(second,)), priority=ServicePriority.CRITICAL
    )
    assert touched == [second]
    assert await keys(queue) == ["b", "a"]


async def test_another_priority_starts_anew_in_the_order(queue, clock) -> None:
    await queue.enqueue([new("aged", priority=ServicePriority.CRITICAL)])
    clock.advance(61.0)
    assert await queue.age() == 1
    await queue.steer(Steering.PRIORITIZE, ALL, priority=ServicePriority.LOW)
    low = {"priority": ServicePriority.LOW}
    await queue.enqueue([new("promised", deadline=clock.now() + 1e6, **low)])
    assert await keys(queue) == ["promised", "aged"]


async def test_a_paused_operation_is_held_back_until_resumed(queue, clock) -> None:
    due, later = await queue.enqueue([new("a"), new("b", delay=5.0)])
    assert len(await queue.steer(Steering.PAUSE, ALL, reason="not yet")) == 2
    clock.advance(60.0)
    assert await queue.stage() is None
    assert await keys(queue) == []
    found = await depth(queue)
    assert (found.scheduled, found.parked, found.available) == (2, 2, 0)
    assert (await queue.get(due)).waiting_for == "not yet"
    assert len(await queue.steer(Steering.RESUME, ONE(ids=(later,)))) == 1
    await queue.stage()
    assert await keys(queue) == ["b"]
    assert len(await queue.steer(Steering.RUN_NOW, ONE(ids=(due,)))) == 1
    assert await keys(queue) == ["a"]


@pytest.mark.parametrize("delay", [0.0, 5.0])
async def test_a_paused_operation_stays_paused_when_wished_for_again(queue, clock, delay) -> None:
    (id_,) = await queue.enqueue([new()])
    await queue.steer(Steering.PAUSE, ALL, reason="not yet")
    assert await queue.enqueue([new(delay=delay, payload={"b": 2})]) == [id_]
    clock.advance(60.0)
    await queue.stage()
    assert await keys(queue) == []
    assert (await queue.get(id_)).waiting_for == "not yet"
    await queue.steer(Steering.RESUME, ALL)
    await queue.stage()
    (operation,) = await queue.claim(S, 1)
    assert operation.payload == {"b": 2}


async def test_many_are_touched_in_one_call(queue) -> None:
    number = 1_200
    await queue.enqueue([new(str(n), delay=5.0) for n in range(number)])
    assert len(await queue.steer(Steering.PAUSE, ALL)) == number
    assert (await depth(queue)).parked == number
    assert len(await queue.steer(Steering.RESUME, ALL)) == number
    assert len(await queue.steer(Steering.RUN_NOW, ALL)) == number
    low = ServicePriority.LOW
    assert len(await queue.steer(Steering.PRIORITIZE, ONE(service=S), priority=low)) == number
    assert len(await queue.steer(Steering.CANCEL, ALL)) == number
    assert len(await queue.steer(Steering.RETRY, ONE(state="cancelled"))) == number
    assert (await depth(queue)).available == number
