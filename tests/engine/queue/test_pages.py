"""Filtered and sorted parts of a list, previews and groups of errors. For every queue."""

from __future__ import annotations

import pytest

from engine.errors import InvalidInputError
from engine.operation_views import BUCKETS, SORTS, OperationsQuery
from engine.operations import Completed, Failed, OperationFilter, ServicePriority, Steering
from tests.engine.queue.queues import EMBEDDING, S, new, settle_one

TRACEBACK = 'Traceback\n  File "/x/kuzu.py", line 12, in upsert\n    boom\nOSError: disk'


async def some(queue, clock) -> dict[str, int]:
    """A bit of everything; ids by key."""
    wishes = [
        new("bd-1", origin="ada"),
        new("bd-2", priority=ServicePriority.LOW, payload={"big": "x" * 5_000}),
        new("bd-3", delay=60.0),
        new("t_4", service=EMBEDDING, priority=ServicePriority.CRITICAL),
        new(None, kind="full_check"),
    ]
    ids = dict(zip(("bd-1", "bd-2", "bd-3", "t_4", ""), await queue.enqueue(wishes), strict=True))
    for key in ("done", "bad-1", "bad-2", "other"):
        (ids[key],) = await queue.enqueue([new(key, service="plugin")])
    outcomes = {
        "done": Completed({"rows": 3}),
        "bad-1": Failed("kuzu: no answer for 30 s", TRACEBACK, permanent=True),
        "bad-2": Failed("kuzu: no answer for 12.5 s", TRACEBACK, permanent=True),
        "other": Failed("100% wrong", permanent=True),
    }
    for operation in await queue.claim("plugin", 9):
        clock.advance(1.0)
        await settle_one(queue, operation, outcomes[operation.key])
    return ids


async def keys(queue, which: OperationFilter, **more) -> list[str]:
    page = await queue.page(OperationsQuery(which, **more))
    assert page.total >= len(page.rows)
    return [row.key or "" for row in page.rows]


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ({}, "bd-1 bd-2 bd-3 t_4  done bad-1 bad-2 other"),
        ({"service": S}, "bd-1 bd-2 bd-3 "),
        ({"state": "scheduled"}, "bd-3"),
        ({"state": "failed"}, "bad-1 bad-2 other"),
        ({"target": "bd-*"}, "bd-1 bd-2 bd-3"),
        ({"target": "ba?-1"}, "bad-1"),
        ({"target": "*_*"}, "t_4"),
        ({"text": "ADA"}, "bd-1"),
        ({"text": "t_4"}, "t_4"),
        ({"text": "no answer", "state": "failed"}, "bad-1 bad-2"),
        ({"text": "100%"}, "other"),
        ({"text": "%"}, "other"),
        ({"kind": "full_check"}, ""),
        ({"target": "bd-*", "text": "nowhere"}, None),
        ({"service": "unknown"}, None),
    ],
)
async def test_what_a_filter_matches(queue, clock, which, expected) -> None:
    await some(queue, clock)
    found = await keys(queue, OperationFilter(**which))
    wanted = [] if expected is None else expected.split(" ")
    assert sorted(found) == sorted(wanted)
    assert (await queue.page(OperationsQuery(OperationFilter(**which)))).total == len(wanted)


@pytest.mark.parametrize("sort", SORTS)
async def test_every_sort_orders_all_and_its_parts_join(queue, clock, sort) -> None:
    await some(queue, clock)
    for descending in (False, True):
        whole = await queue.page(OperationsQuery(sort=sort, descending=descending))
        values = [row.run_at if sort == "when" else getattr(row, sort) for row in whole.rows]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=descending)
        assert not (descending and known and values[0] is None)
        parts = [
            row
            for offset in range(0, whole.total, 4)
            for row in (
                await queue.page(
                    OperationsQuery(sort=sort, descending=descending, limit=4, offset=offset)
                )
            ).rows
        ]
        assert parts == list(whole.rows)


async def test_the_order_of_interest_holds_with_a_filter_too(queue, clock) -> None:
    await some(queue, clock)
    await queue.steer(Steering.PAUSE, OperationFilter(key="bd-1"))
    assert (await keys(queue, OperationFilter(target="b*")))[:3] == ["bd-2", "bd-1", "bd-3"]
    assert (await keys(queue, OperationFilter(target="b*")))[3:] == ["bad-2", "bad-1"]


async def test_a_row_leaves_out_what_a_list_does_not_show(queue, clock) -> None:
    ids = await some(queue, clock)
    rows = {row.id: row for row in (await queue.page(OperationsQuery(sort="id"))).rows}
    assert rows[ids["bd-2"]].payload == {}
    assert rows[ids["bad-1"]].detail == "kuzu: no answer for 30 s"
    assert "traceback" not in rows[ids["bad-1"]].history[0]
    full = await queue.get(ids["bd-2"])
    assert len(full.payload["big"]) == 5_000


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (OperationsQuery(sort="colour"), "sort: 'colour' is not one of id, service"),
        (OperationsQuery(limit=0), "limit: 0 is not from 1 to 1,000"),
        (OperationsQuery(limit=5_000), "limit: 5000"),
        (OperationsQuery(offset=-1), "offset: -1 is below 0"),
        (OperationsQuery(OperationFilter(state="bad")), "state: 'bad' is not one of scheduled"),
    ],
)
async def test_what_can_not_be_asked_is_refused(queue, query, words) -> None:
    with pytest.raises(InvalidInputError, match=words):
        await queue.page(query)


@pytest.mark.parametrize(
    "how",
    [h for h in Steering if h is not Steering.RESTORE and not h.name.startswith("UNDO")],
)
async def test_a_preview_counts_what_steering_then_touches(queue, clock, how) -> None:
    await some(queue, clock)
    await queue.steer(Steering.PAUSE, OperationFilter(key="bd-2"))
    every = OperationFilter()
    preview = await queue.preview(how, every, priority=ServicePriority.HIGH)
    assert preview.total == len(preview.ids) == len(preview.priorities) > 0
    assert sum(preview.by_service.values()) == preview.total
    assert (await queue.preview(how, every, priority=ServicePriority.HIGH, limit=1)).ids == (
        preview.ids[:1]
    )
    assert len(await queue.steer(how, every, priority=ServicePriority.HIGH)) == preview.total


async def test_errors_are_grouped_by_what_they_have_in_common(queue, clock) -> None:
    ids = await some(queue, clock)
    groups = await queue.error_groups()
    assert [group.count for group in groups] == [1, 2]
    other, kuzu = groups
    assert (other.message, other.traceback) == ("100% wrong", "")
    assert kuzu.message == "kuzu: no answer for 12.5 s"
    assert kuzu.pattern == "kuzu: no answer for <n> s"
    assert kuzu.samples == (ids["bad-2"], ids["bad-1"])
    assert (kuzu.service, kuzu.kinds) == ("plugin", ("sync_task",))
    assert kuzu.traceback == TRACEBACK
    assert kuzu.last_at - kuzu.first_at == 1.0
    assert kuzu.trend == (*(0,) * (BUCKETS - 1), 2)
    assert await queue.error_groups(1) == groups[:1]


async def test_a_group_is_retried_discarded_and_restored_as_one(queue, clock) -> None:
    ids = await some(queue, clock)
    kuzu = next(group for group in await queue.error_groups() if group.count == 2)
    group = OperationFilter(fingerprint=kuzu.fingerprint)
    assert len(await queue.steer(Steering.DISCARD, group, reason="discarded by ada")) == 2
    assert [each.count for each in await queue.error_groups()] == [1]
    discarded = await queue.get(ids["bad-1"])
    assert discarded.state == "cancelled"
    assert discarded.detail == "kuzu: no answer for 30 s"
    back = OperationFilter(ids=kuzu.samples)
    assert len(await queue.steer(Steering.RESTORE, back)) == 2
    assert sum(each.count for each in await queue.error_groups()) == 3
    assert len(await queue.steer(Steering.RETRY, group)) == 2
    assert (await queue.get(ids["bad-1"])).state == "available"
    assert (await queue.stats())["plugin"].failed == 1


async def test_the_trend_tells_when(queue, clock) -> None:
    await some(queue, clock)
    clock.advance(3 * 3_600)
    trends = [group.trend for group in await queue.error_groups()]
    assert all(sum(trend[-4:-2]) == sum(trend) > 0 for trend in trends)
    clock.advance(30 * 3_600)
    assert all(sum(group.trend) == 0 for group in await queue.error_groups())


async def test_only_discarded_ones_are_restored(queue, clock) -> None:
    await some(queue, clock)
    await queue.steer(Steering.CANCEL, OperationFilter())
    assert len(await queue.steer(Steering.RESTORE, OperationFilter())) == 0
