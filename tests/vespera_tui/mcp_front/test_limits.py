from __future__ import annotations

from vespera_tui.mcp_front.limits import CLIENTS_KEPT, RateLimit


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    now = 0.0
    limit = RateLimit(per_second=2, at_once=3, monotonic=lambda: now)
    assert [limit.take("a") for _ in range(3)] == [0, 0, 0]
    assert limit.take("a") == 0.5
    assert limit.take("b") == 0, "another client has calls of its own"
    now = 0.5
    assert limit.take("a") == 0
    assert limit.take("a") > 0


def test_clients_are_forgotten_and_memory_is_bounded() -> None:
    limit = RateLimit(per_second=1, at_once=1, monotonic=lambda: 0.0)
    for number in range(CLIENTS_KEPT + 10):
        limit.take(str(number))
    assert len(limit._buckets) == CLIENTS_KEPT


async def test_too_many_calls_are_refused_with_the_time_to_wait(serve, engine) -> None:
    async with serve() as client:
        results = [await client.call_tool("get_operation", {"operation_id": 1}) for _ in range(260)]
    texts = {result.content[0].text for result in results if "too many" in result.content[0].text}
    assert texts
    assert all("wait" in text for text in texts)
