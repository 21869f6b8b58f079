"""Delivery: what the engine relies on, whether a queue is asked for work or pushes it."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from engine.operations import Failed
from engine.queue.port import PullQueue
from tests.engine.queue.queues import PushQueue, S, Worker, depth, new

pytestmark = pytest.mark.timeout(30)


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_the_queue_that_pushes_has_none_of_the_steps_of_one_that_is_asked() -> None:
    steps = {n for n in vars(PullQueue) if not n.startswith("_")}
    assert {"claim", "settle", "stage", "wait_for_work"} <= steps
    assert not any(hasattr(PushQueue, step) for step in steps)


async def test_what_waits_is_delivered_and_settled(delivering) -> None:
    ids = await delivering.enqueue([new(key) for key in "abc"])
    worker = Worker(enough=3)
    await delivering.run(S, worker)
    assert worker.taken == ["a", "b", "c"]
    assert all(held for _, _, held in worker.ended)
    assert [(await delivering.get(id_)).state for id_ in ids] == ["completed"] * 3


async def test_what_comes_later_is_delivered_too(delivering) -> None:
    worker = Worker(enough=2)
    run = asyncio.create_task(delivering.run(S, worker))
    for key in "ab":
        await asyncio.sleep(0.01)
        await delivering.enqueue([new(key)])
    await run
    assert worker.taken == ["a", "b"]


async def test_it_ends_when_no_more_is_taken(delivering) -> None:
    worker = Worker()
    run = asyncio.create_task(delivering.run(S, worker))
    await asyncio.sleep(0.01)
    assert not run.done()
    worker.stopped = True
    delivering.wake(S)
    await run
    assert worker.taken == []


async def test_an_outcome_is_in_the_queue_before_the_next_is_known(delivering) -> None:
    first, _ = await delivering.enqueue([new("a"), new("b")])
    seen = asyncio.Event()

    class Slow(Worker):
        def settled(self, ended, held) -> None:
            super().settled(ended, held)
            seen.set()

        async def take(self, operations):
            async for ended in super().take(operations):
                yield ended
                if not self.stopped:
                    await seen.wait()

    worker = Slow(enough=2)
    await delivering.run(S, worker)
    assert (await delivering.get(first)).state == "completed"
    assert len(worker.ended) == 2


async def test_a_failure_waits_for_its_retry(delivering) -> None:
    (id_,) = await delivering.enqueue([new()])
    await delivering.run(S, Worker(outcome=lambda _: Failed("boom")))
    view = await delivering.get(id_)
    assert (view.state, view.attempts) == ("scheduled", 1)


async def test_cancelled_it_hands_back_without_an_attempt(delivering) -> None:
    ids = await delivering.enqueue([new("a"), new("b")])
    worker = Worker(hold=asyncio.Event())
    run = asyncio.create_task(delivering.run(S, worker))
    await worker.started.wait()
    await cancelled(run)
    assert worker.running == []
    for id_ in ids:
        view = await delivering.get(id_)
        assert (view.state, view.attempts) == ("available", 0)
    again = Worker(enough=2)
    await delivering.run(S, again)
    assert sorted(again.taken) == ["a", "b"]


async def test_a_consumer_that_breaks_hands_back_and_is_heard(delivering) -> None:
    (id_,) = await delivering.enqueue([new()])

    def broken(_) -> None:
        raise ZeroDivisionError

    with pytest.raises((ZeroDivisionError, ExceptionGroup)):
        await delivering.run(S, Worker(outcome=broken))
    view = await delivering.get(id_)
    assert (view.state, view.attempts) == ("available", 0)


async def test_two_runs_at_once_never_have_the_same_key(delivering) -> None:
    hold = asyncio.Event()
    one, two = Worker(limit=1, hold=hold), Worker(limit=1, hold=hold)
    for worker in (one, two):
        worker.enough = 1_000_000
    await delivering.enqueue([new("a"), new("a", "delete_task"), new("b"), new("b", "other")])
    runs = [asyncio.create_task(delivering.run(S, worker)) for worker in (one, two)]
    await asyncio.sleep(0.05)
    together = one.running + two.running
    assert sorted(together) == ["a", "b"]
    hold.set()
    async with asyncio.timeout(10):
        while len(one.ended) + len(two.ended) < 4:
            together = one.running + two.running
            assert len(set(together)) == len(together)
            await asyncio.sleep(0.001)
    for run in runs:
        await cancelled(run)
    assert all(held for _, _, held in one.ended + two.ended)


async def test_a_paused_service_is_delivered_nothing_until_resumed(delivering) -> None:
    await delivering.pause(S, "by hand")
    await delivering.enqueue([new()])
    worker = Worker()
    run = asyncio.create_task(delivering.run(S, worker))
    await asyncio.sleep(0.02)
    assert worker.taken == []
    await delivering.resume(S)
    await run
    assert worker.taken == ["t-1"]


async def test_a_trigger_during_delivery_is_delivered_once_more(delivering) -> None:
    hold = asyncio.Event()
    worker = Worker(enough=2, hold=hold)
    await delivering.enqueue([new()])
    run = asyncio.create_task(delivering.run(S, worker))
    await worker.started.wait()
    await delivering.enqueue([new(), new()])
    hold.set()
    await run
    assert worker.taken == ["t-1", "t-1"]
    assert (await depth(delivering)).available == 0


@pytest.mark.parametrize("turns", range(8))
async def test_cancelled_while_it_claims_it_keeps_nothing(sqlite, turns) -> None:
    queue = await sqlite.owner("one")
    (id_,) = await queue.enqueue([new("a")])
    run = asyncio.create_task(queue.run(S, Worker(hold=asyncio.Event())))
    for _ in range(turns):
        await asyncio.sleep(0)
    await cancelled(run)
    await sqlite.database.write(lambda _: None)  # what was handed over by then is done
    found = await queue.get(id_)
    assert (found.state, found.attempts) == ("available", 0)
    assert (await depth(queue)).running == 0
