"""The event stream: the state, then every event; a reader that is slow is brought up to date."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from engine.monitoring.events import IN_A_LIFE, KEPT
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    Join = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.mark.parametrize("attached", [False, True])
async def test_the_state_comes_first_and_then_what_happens(join: Join, attached: bool) -> None:
    async with join() as owner, join() as other:
        engine = other if attached else owner
        await owner.create_task(TaskDraft("before", id="a"))
        async with aclosing(engine.subscribe()) as updates:
            first = await anext(updates)
            assert first.status.tasks.total == 1
            await owner.create_task(TaskDraft("after", id="b"))
            second = await anext(updates)
            assert (second.event.kind, second.event.subject) == ("task.created", "b")
            assert second.seq == second.event.seq == first.seq + 1
        async with aclosing(engine.subscribe(first.seq)) as updates:
            assert await anext(updates) == second


@pytest.mark.parametrize("attached", [False, True])
async def test_a_slow_reader_gets_the_state_anew(
    join: Join, attached: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with join() as owner, join() as other:
        engine = other if attached else owner
        events = owner._found.result().engine.manager.events
        async with aclosing(engine.subscribe()) as updates:
            last = (await anext(updates)).seq
            events.add("first")
            assert (await anext(updates)).event.kind == "first"
            # more than the ring and the buffers of the socket hold
            for n in range(20 * KEPT):
                events.add("more", message=f"{n} " + "x" * 500)
                if n % KEPT == 0:
                    await engine.list_tasks()  # the owner is not held up
            seen = [await anext(updates)]
            while seen[-1].seq < events.last:
                seen.append(await anext(updates))
            assert sum(update.status is not None for update in seen) >= 1
            assert len(seen) < 20 * KEPT
            numbers = [update.seq for update in seen]
            assert numbers == sorted(set(numbers))
            assert numbers[0] > last
            events.add("last")
            assert (await anext(updates)).event.kind == "last"
        assert len(events._events) == KEPT


async def test_a_subscription_goes_on_at_the_next_owner(join: Join) -> None:
    async with (
        join() as first,
        join("dashboard") as second,
        aclosing(second.subscribe()) as updates,
    ):
        one = await anext(updates)
        await first.close()
        two = await anext(updates)
        assert two.status.engine.mode == "dashboard"
        assert two.seq // IN_A_LIFE == one.seq // IN_A_LIFE + 1
        await second.create_task(TaskDraft("a"))
        assert (await anext(updates)).event.kind == "task.created"
