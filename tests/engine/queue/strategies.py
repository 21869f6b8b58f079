"""What hypothesis makes up for the queue."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.operations import (
    NO_DEADLINE,
    Cancelled,
    Completed,
    Failed,
    OperationFilter,
    ServicePriority,
    Snooze,
)
from tests.engine.queue.queues import EMBEDDING, S, new

SERVICES = st.sampled_from([S, S, EMBEDDING])
KEYS = st.sampled_from(["a", "b", "c", None])
PRIORITIES = st.sampled_from(ServicePriority)
OUTCOMES = st.one_of(
    st.just(Completed({"rows": 1})),
    st.builds(Failed, st.just("boom"), permanent=st.booleans()),
    st.builds(Snooze, st.sampled_from([0.0, 3.0, 90.0]), st.just("away")),
    st.just(Cancelled("gone")),
)
WISHES = st.builds(
    lambda service, kind, key, delay, wait, priority, deadline, attempts, payload: new(
        key,
        kind,
        service,
        delay=delay,
        max_wait=wait,
        priority=priority,
        deadline=NO_DEADLINE if deadline is None else 1_800_000_000.0 + deadline,
        max_attempts=attempts,
        payload=payload,
        origin="ann" if attempts else "bob",
    ),
    SERVICES,
    st.sampled_from(["sync_task", "delete_task"]),
    KEYS,
    st.sampled_from([0.0, 0.0, 1.0, 30.0]),
    st.sampled_from([None, 0.0, 40.0]),
    PRIORITIES,
    st.sampled_from([None, None, -5.0, 50.0, 5000.0]),
    st.sampled_from([None, 1, 2]),
    st.dictionaries(
        st.sampled_from("xy"), st.none() | st.integers(0, 9) | st.just({"deep": None, "n": 1})
    ),
)
FILTERS = st.builds(
    OperationFilter,
    service=st.none() | SERVICES,
    kind=st.sampled_from([None, None, "sync_task"]),
    key=st.none() | KEYS,
    state=st.sampled_from([None, None, "scheduled", "available", "failed", "cancelled"]),
    origin=st.sampled_from([None, None, "ann"]),
)
