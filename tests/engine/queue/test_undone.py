"""A cancel and a retry are undone to the letter, or not at all. For every queue."""

from __future__ import annotations

import pytest

from engine.operations import Completed, Failed, OperationFilter, ServicePriority, Snooze, Steering
from tests.engine.queue.queues import S, depth, keys, new, settle_one

ALL = OperationFilter()


def one(*ids: int) -> OperationFilter:
    return OperationFilter(ids=ids)


async def failed(queue, key="a", times: int = 1, **fields) -> int:
    (number,) = await queue.enqueue([new(key, max_attempts=times, **fields)])
    for attempt in range(1, times + 1):
        (operation,) = await queue.claim(S, 1)
        await settle_one(queue, operation, Failed(f"attempt {attempt}", "File 'x.py', line 3"))
        if attempt < times:
            await queue.steer(Steering.RUN_NOW, ALL)
    return number


async def test_what_waits_is_after_an_undone_cancel_as_it_was(queue, clock) -> None:
    tomorrow, held, due, tried = await queue.enqueue(
        [
            new("a", delay=86_400.0, deadline=clock.now() + 90_000.0),
            new("b", priority=ServicePriority.LOW, payload={"force": True}),
            new("c"),
            new("d", priority=ServicePriority.CRITICAL),
        ]
    )
    (operation,) = await queue.claim(S, 1)
    await settle_one(queue, operation, Failed("away"))
    await queue.steer(Steering.PAUSE, one(held), reason="not yet")
    ids = (tomorrow, held, due, tried)
    before, depths = [await queue.get(number) for number in ids], await depth(queue)
    assert len(await queue.steer(Steering.CANCEL, ALL, reason="by ann")) == 4
    clock.advance(5.0)

    assert len(await queue.steer(Steering.UNDO_CANCEL, one(*ids))) == 4

    assert [await queue.get(number) for number in ids] == before
    assert await depth(queue) == depths
    assert len(await queue.steer(Steering.UNDO_CANCEL, ALL)) == 0
    assert await keys(queue) == ["c"]


async def test_what_became_due_meanwhile_is_staged(queue, clock) -> None:
    await queue.enqueue([new(delay=5.0)])
    await queue.steer(Steering.CANCEL, ALL)
    clock.advance(9.0)
    queue.scheduled.clear()
    assert len(await queue.steer(Steering.UNDO_CANCEL, ALL)) == 1
    assert queue.scheduled.is_set()
    await queue.stage()
    assert await keys(queue) == ["t-1"]


async def test_the_undone_cancel_outlives_its_owner(queues) -> None:
    queue = await queues.owner("one")
    (number,) = await queue.enqueue([new(delay=86_400.0)])
    before = await queue.get(number)
    await queue.steer(Steering.CANCEL, ALL)
    await queues.reopen()
    queue = await queues.owner("two")
    assert len(await queue.steer(Steering.UNDO_CANCEL, ALL)) == 1
    assert await queue.get(number) == before


async def test_a_cancel_is_not_undone_when_an_equal_one_waits_or_it_was_retried(queue) -> None:
    joined, retried, ended = await queue.enqueue([new("a"), new("b"), new("c")])
    await queue.steer(Steering.CANCEL, ALL, reason="by ann")
    (twin,) = await queue.enqueue([new("a", delay=9.0)])
    await queue.steer(Steering.RETRY, one(retried, ended))
    b, c = await queue.claim(S, 2)
    await queue.settle([(b, Snooze(50.0, "away")), (c, Failed("bad", permanent=True))])
    views = await queue.view()
    assert len(await queue.steer(Steering.UNDO_CANCEL, ALL)) == 0
    assert await queue.view() == views
    await queue.steer(Steering.CANCEL, one(twin))
    assert len(await queue.steer(Steering.UNDO_CANCEL, one(joined))) == 1


async def test_what_ended_as_cancelled_by_itself_does_not_come_back(queue) -> None:
    await failed(queue)
    await queue.steer(Steering.DISCARD, ALL)
    assert len(await queue.steer(Steering.UNDO_CANCEL, ALL)) == 0
    assert len(await queue.steer(Steering.UNDO_RETRY, ALL)) == 0


async def test_what_failed_is_after_an_undone_retry_as_it_was(queue, clock) -> None:
    number = await failed(queue, times=2, deadline=clock.now() + 50.0)
    before, groups, depths = await queue.get(number), await queue.error_groups(), await depth(queue)
    assert before.attempts == 2
    clock.advance(60.0)
    assert len(await queue.steer(Steering.RETRY, ALL)) == 1
    assert (await queue.get(number)).attempts == 0
    assert await queue.error_groups() == []

    assert len(await queue.steer(Steering.UNDO_RETRY, ALL)) == 1

    assert await queue.get(number) == before
    assert await depth(queue) == depths
    (group,) = await queue.error_groups()
    assert (group.fingerprint, group.message, group.traceback, group.last_at) == (
        groups[0].fingerprint, "attempt 2", "File 'x.py', line 3", groups[0].last_at
    )  # fmt: skip
    assert len(await queue.steer(Steering.UNDO_RETRY, ALL)) == 0


@pytest.mark.parametrize("outcome", [None, Snooze(0.0, ""), Failed("again"), Completed()])
async def test_a_retry_is_not_undone_once_it_began(queue, outcome) -> None:
    number = await failed(queue)
    await queue.steer(Steering.RETRY, ALL)
    (operation,) = await queue.claim(S, 1)
    if outcome is not None:
        await settle_one(queue, operation, outcome)
    before = await queue.get(number)
    assert len(await queue.steer(Steering.UNDO_RETRY, ALL)) == 0
    assert await queue.get(number) == before


async def test_a_retry_is_not_undone_when_somebody_wished_for_the_same(queue) -> None:
    number = await failed(queue)
    await queue.steer(Steering.RETRY, ALL)
    assert await queue.enqueue([new("a", origin="bob")]) == [number]
    assert len(await queue.steer(Steering.UNDO_RETRY, ALL)) == 0
    assert await keys(queue) == ["a"]


async def test_a_retry_is_not_undone_when_one_that_ran_left_it_its_work(queue) -> None:
    await failed(queue)
    await queue.enqueue([new("a")])
    (running,) = await queue.claim(S, 1)
    assert len(await queue.steer(Steering.RETRY, ALL)) == 1
    await settle_one(queue, running, Snooze(5.0, "away"))
    assert len(await queue.steer(Steering.UNDO_RETRY, ALL)) == 0
    assert await keys(queue) == ["a"]


async def test_the_failed_ones_that_an_equal_one_does_the_work_of_are_kept(queue) -> None:
    """Those of one task that failed several times are one run."""
    ids = [await failed(queue) for _ in range(3)]
    before = [await queue.get(number) for number in ids]
    groups = await queue.error_groups()
    assert len(await queue.steer(Steering.RETRY, ALL)) == 3
    first, *others = [await queue.get(number) for number in ids]
    assert first.state == "available"
    for view, was in zip(others, before[1:], strict=True):
        assert (view.state, view.detail, view.history) == ("cancelled", was.detail, was.history)
    assert (await depth(queue)).failed == 0
    assert len(await queue.steer(Steering.RETRY, ALL)) == 0, "there is nothing left to do"
    joined = OperationFilter(state="cancelled", ids=tuple(ids))
    assert (await queue.preview(Steering.UNDO_RETRY, joined)).ids == tuple(ids[1:])

    assert (await queue.preview(Steering.UNDO_RETRY, ALL)).total == 3
    assert len(await queue.steer(Steering.UNDO_RETRY, one(*ids))) == 3

    assert [await queue.get(number) for number in ids] == before
    assert await queue.error_groups() == groups


async def test_what_was_cancelled_is_not_retried_while_an_equal_one_waits(queue) -> None:
    (number,) = await queue.enqueue([new()])
    await queue.steer(Steering.CANCEL, ALL, reason="by ann")
    await queue.enqueue([new()])
    before = await queue.view()
    assert (await queue.preview(Steering.RETRY, one(number))).total == 0
    assert len(await queue.steer(Steering.RETRY, ALL)) == 0
    assert await queue.view() == before


async def test_one_change_after_the_other_is_undone_in_turn(queue, clock) -> None:
    number = await failed(queue)
    (later,) = await queue.enqueue([new("b", delay=500.0)])
    steps = [
        (Steering.RETRY, Steering.UNDO_RETRY, number),
        (Steering.CANCEL, Steering.UNDO_CANCEL, number),
        (Steering.CANCEL, Steering.UNDO_CANCEL, later),
        (Steering.RETRY, Steering.UNDO_RETRY, later),
        (Steering.RETRY, Steering.UNDO_RETRY, number),
    ]
    seen = []
    for how, _, each in steps:
        clock.advance(1.0)
        seen.append([await queue.get(number), await queue.get(later)])
        assert len(await queue.steer(how, one(each), reason="by ann")) == 1
    for _, back, each in reversed(steps):
        assert len(await queue.steer(back, one(each))) == 1
        assert [await queue.get(number), await queue.get(later)] == seen.pop()


async def test_any_number_is_undone_in_one_call(queue) -> None:
    number = 1_200
    await queue.enqueue([new(str(n), delay=5.0) for n in range(number)])
    for back in (Steering.UNDO_CANCEL, Steering.UNDO_RETRY):
        how = Steering.RETRY if back is Steering.UNDO_RETRY else Steering.CANCEL
        assert len(await queue.steer(how, ALL)) == number
        assert (await queue.preview(back, ALL)).total == number
        assert len(await queue.steer(back, ALL)) == number
        assert (await depth(queue)).available == 0
        await queue.steer(Steering.CANCEL, ALL)
