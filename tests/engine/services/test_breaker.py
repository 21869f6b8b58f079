from __future__ import annotations

import asyncio

import pytest

from engine.errors import DependencyDownError, WorkerDiedError
from engine.services.breaker import LONGEST_SECONDS, Breakers


async def fine() -> None:
    return


async def away() -> None:
    raise DependencyDownError("kuzu", "still away")


async def test_the_first_report_opens_it_and_a_probe_closes_it(clock) -> None:
    breaker = Breakers(clock).of("kuzu")
    assert breaker.trip("kuzu: away", 5.0), "that is news"
    assert not breaker.trip("kuzu: away", 5.0), "that is not"
    assert (breaker.state, breaker.due_in) == ("open", 5.0)
    clock.advance(5)
    assert breaker.due_in == 0
    assert await breaker.probe(fine)
    assert (breaker.state, breaker.reason) == ("closed", "")


async def test_it_waits_twice_as_long_each_time_up_to_a_limit(clock) -> None:
    breaker = Breakers(clock).of("kuzu")
    breaker.trip("kuzu: away", 5.0)
    waits = []
    for _ in range(6):
        clock.advance(breaker.due_in)
        assert not await breaker.probe(away)
        waits.append(breaker.due_in)
    assert waits == [10, 20, 40, LONGEST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS]
    assert breaker.close(), "someone saw that it is back"
    breaker.trip("kuzu: away again", 5.0)
    assert breaker.due_in == 5.0, "forgiven"


async def test_one_probe_goes_through_at_a_time(clock) -> None:
    breaker = Breakers(clock).of("kuzu")
    breaker.trip("kuzu: away", 5.0)
    probes = 0
    free = asyncio.Event()

    async def slow() -> None:
        nonlocal probes
        probes += 1
        await free.wait()

    asked = [asyncio.ensure_future(breaker.probe(slow)) for _ in range(3)]
    await asyncio.sleep(0)
    assert breaker.state == "half-open"
    free.set()
    assert await asyncio.gather(*asked) == [True] * 3
    assert probes == 1


async def test_a_probe_whose_child_dies_leaves_it_open(clock) -> None:
    breaker = Breakers(clock).of("kuzu")
    breaker.trip("kuzu: away", 5.0)

    async def dies() -> None:
        raise WorkerDiedError("projections: it ended")

    assert not await breaker.probe(dies)
    assert (breaker.state, breaker.reason) == ("open", "projections: it ended")


async def test_a_probe_that_is_broken_leaves_it_open_and_says_so(clock) -> None:
    breaker = Breakers(clock).of("kuzu")
    breaker.trip("kuzu: away", 5.0)

    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await breaker.probe(broken)
    assert breaker.state == "open"


def test_a_part_has_one_breaker(clock) -> None:
    breakers = Breakers(clock)
    breakers.of("kuzu").trip("kuzu: away", 5.0)
    assert breakers.open_among({"chroma", "kuzu"}) == [breakers.of("kuzu")]
    assert breakers.open_among({"chroma"}) == []
