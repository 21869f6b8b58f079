"""How runs end, and what happens when they don't. For every queue that is asked."""

from __future__ import annotations

import pytest

from engine.configuration.sections import EmbeddingSettings
from engine.operations import Cancelled, Completed, Failed, ServicePriority, Snooze
from tests.engine.queue.queues import EMBEDDING, S, depth, new, settle_one

OUTCOMES = [
    Completed({"rows": 1}),
    Failed("late"),
    Failed("late", permanent=True),
    Snooze(1.0, "late"),
    Cancelled("late"),
]


async def claim_one(queue, service: str = S):
    (operation,) = await queue.claim(service, 1)
    return operation


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda o: type(o).__name__)
async def test_an_old_claim_changes_nothing(queues, outcome) -> None:
    one, two = await queues.owner("one"), await queues.owner("two")
    (id_,) = await one.enqueue([new()])
    stale = await claim_one(one)
    assert await two.rescue(all_others=True) == 1
    assert not await settle_one(one, stale, outcome), "it waits"
    fresh = await claim_one(two)
    assert fresh.claims == stale.claims + 1
    before = await two.get(id_)
    assert not await settle_one(one, stale, outcome), "another runs it"
    assert await two.get(id_) == before
    assert await settle_one(two, fresh, Completed())
    assert not await settle_one(two, fresh, outcome), "it ended"
    assert (await two.get(id_)).state == "completed"


async def test_outcomes_of_a_batch_are_told_apart(queue) -> None:
    ids = await queue.enqueue([new(key) for key in "abc"])
    a, b, c = await queue.claim(S, 3)
    await settle_one(queue, b, Completed())
    ended = [(a, Completed()), (b, Completed()), (c, Cancelled("its task is gone"))]
    assert await queue.settle(ended) == [True, False, True]
    views = [await queue.get(id_) for id_ in ids]
    assert [v.state for v in views] == ["completed", "completed", "cancelled"]
    assert views[2].detail == "its task is gone"


async def test_evidence_is_kept(queue) -> None:
    (id_,) = await queue.enqueue([new()])
    await settle_one(queue, await claim_one(queue), Completed({"nodes": 3}))
    assert (await queue.get(id_)).detail == "nodes 3"


async def test_evidence_that_is_too_long_is_left_out(queue) -> None:
    (id_,) = await queue.enqueue([new()])
    await settle_one(queue, await claim_one(queue), Completed({"all": "x" * 200_000}))
    assert (await queue.get(id_)).detail == "note too long to be kept"


async def test_retries_wait_twice_as_long_each_time_then_it_gives_up(queue, clock) -> None:
    (id_,) = await queue.enqueue([new()])
    for expected in (2.0, 4.0, 8.0):
        await settle_one(queue, await claim_one(queue), Failed("boom", "Traceback: boom"))
        wait = await queue.stage()
        assert wait == pytest.approx(expected, rel=0.1)
        clock.advance(wait)
        await queue.stage()
    last = await claim_one(queue)
    assert (last.attempts, last.max_attempts) == (3, 4)
    await settle_one(queue, last, Failed("boom at last"))
    view = await queue.get(id_)
    assert (view.state, view.detail, view.attempts) == ("failed", "boom at last", 4)
    assert [entry["error"] for entry in view.history] == ["boom"] * 3 + ["boom at last"]
    assert (await depth(queue)).failed == 1


async def test_waits_have_jitter_and_a_cap(kind, make) -> None:
    queue = await (await make(kind, retry_cap_seconds=1.0)).owner("one")
    await queue.enqueue([new(str(n)) for n in range(20)])
    ended = [(operation, Failed("boom")) for operation in await queue.claim(S, 20)]
    await queue.settle(ended)
    waits = {view.run_at - view.created_at for view in await queue.view()}
    assert len(waits) > 10
    assert all(0.9 <= wait <= 1.1 for wait in waits)


async def test_a_service_can_have_its_own_number_of_retries(kind, make) -> None:
    embedding = EmbeddingSettings(max_retries=0)
    queue = await (await make(kind, max_retries=1, embedding=embedding)).owner("one")
    ids = await queue.enqueue([new(service=EMBEDDING), new(), new("more", max_attempts=7)])
    assert [(await queue.get(id_)).max_attempts for id_ in ids] == [1, 2, 7]
    await settle_one(queue, await claim_one(queue, EMBEDDING), Failed("boom"))
    assert (await queue.get(ids[0])).state == "failed"


async def test_a_permanent_failure_is_not_tried_again(queue) -> None:
    (id_,) = await queue.enqueue([new()])
    await settle_one(queue, await claim_one(queue), Failed("bad input", permanent=True))
    view = await queue.get(id_)
    assert (view.state, view.attempts) == ("failed", 1)


async def test_a_snooze_is_not_an_attempt(queue, clock) -> None:
    (id_,) = await queue.enqueue([new()])
    for _ in range(10):
        operation = await claim_one(queue)
        assert operation.attempts == 0
        await settle_one(queue, operation, Snooze(3.0, "kuzu: away", "kuzu"))
        assert (await queue.get(id_)).detail == "waits: kuzu: away"
        assert await queue.stage() == pytest.approx(3.0)
        clock.advance(3.0)
        await queue.stage()
    assert (await depth(queue)).available == 1


async def test_a_snooze_of_nothing_is_due_at_once(queue) -> None:
    await queue.enqueue([new()])
    await settle_one(queue, await claim_one(queue), Snooze(0, ""))
    assert (await claim_one(queue)).claims == 2


async def test_poison_is_set_aside_after_three_unclean_claims(queues) -> None:
    (id_,) = await (await queues.owner("0")).enqueue([new()])
    for number in range(3):
        await claim_one(await queues.owner(str(number)))
        await queues.reopen()
        assert await (await queues.owner(str(number + 1))).rescue(all_others=True) == 1
    view = await (await queues.owner("last")).get(id_)
    assert (view.state, view.attempts) == ("failed", 0)
    assert "ended 3 times" in view.detail


async def test_poison_does_not_take_its_neighbours_along(queues) -> None:
    queue = await queues.owner("0")
    ids = await queue.enqueue([new(key) for key in ("a", "poison", "b")])
    for process in range(1, 20):
        while claimed := await queue.claim(S, 10):
            if any(operation.key == "poison" for operation in claimed):
                break  # its process ends without a word
            await queue.settle([(operation, Completed()) for operation in claimed])
        await queues.reopen()
        queue = await queues.owner(str(process))
        await queue.rescue(all_others=True)
    states = [(await queue.get(id_)).state for id_ in ids]
    assert states == ["completed", "failed", "completed"]


async def test_a_clean_end_forgets_unclean_ones(queues) -> None:
    one, two = await queues.owner("one"), await queues.owner("two")
    await one.enqueue([new()])
    for _ in range(2):
        await claim_one(one)
        await two.rescue(all_others=True)
    await settle_one(one, await claim_one(one), Snooze(0, ""))
    for _ in range(2):
        await claim_one(one)
        await two.rescue(all_others=True)
    assert (await depth(two)).available == 1


async def test_a_lease_that_runs_out_is_rescued_unless_renewed(queues, clock) -> None:
    queue, other = await queues.owner("one"), await queues.owner("two")
    lease = queues.config.lease_seconds
    await queue.enqueue([new()])
    await claim_one(queue)
    clock.advance(lease - 1)
    assert await other.heartbeat() == 0, "not its own"
    assert await queue.heartbeat() == 1
    clock.advance(lease - 1)
    assert await queue.rescue() == 0
    clock.advance(2)
    assert await queue.rescue() == 1
    assert (await claim_one(queue)).claims == 2


async def test_what_this_owner_runs_is_not_lost(queue) -> None:
    await queue.enqueue([new()])
    await claim_one(queue)
    assert await queue.rescue(all_others=True) == 0


async def test_a_rescued_one_starts_anew_in_the_order(queues, clock) -> None:
    one, two = await queues.owner("one"), await queues.owner("two")
    await one.enqueue([new("aged", priority=ServicePriority.CRITICAL)])
    clock.advance(61.0)
    assert await one.age() == 1
    await claim_one(one)
    await two.rescue(all_others=True)
    promised = new("promised", priority=ServicePriority.CRITICAL, deadline=clock.now() + 1e6)
    await two.enqueue([promised])
    # one by one: what ran when its process ended is not put together with others
    assert [(await claim_one(two)).key for _ in range(2)] == ["promised", "aged"]


async def test_a_rescued_one_gives_way_to_a_newer_one(queues) -> None:
    one, two = await queues.owner("one"), await queues.owner("two")
    (old,) = await one.enqueue([new()])
    await claim_one(one)
    (newer,) = await one.enqueue([new()])
    assert await two.rescue(all_others=True) == 1
    assert (await two.get(old)).state == "cancelled"
    assert (await claim_one(two)).id == newer


async def test_the_history_is_pruned_from_its_oldest(queue, clock) -> None:
    ids = await queue.enqueue([new(str(n)) for n in range(5)])
    for operation in await queue.claim(S, 5):
        clock.advance(1)
        await settle_one(queue, operation, Completed())
    assert await queue.prune(5) == 0
    assert await queue.prune(2) == 3
    assert [view.id for view in await queue.view()] == ids[:2:-1]
    assert await queue.get(ids[0]) is None


async def test_a_long_history_is_pruned_in_one_call(queue) -> None:
    await queue.enqueue([new(str(n)) for n in range(1_200)])
    await queue.settle([(operation, Completed()) for operation in await queue.claim(S, 1_200)])
    assert await queue.prune(10) == 1_190
    assert len(await queue.view(limit=100)) == 10
