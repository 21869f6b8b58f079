from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.services.batch_size import BatchSize

NUMBERS = st.integers(1, 1000)
SECONDS = st.floats(1e-6, 100)


def size(batch: BatchSize, *, smallest=1, largest=100, target=5.0, backlog=10_000, workers=1):
    return batch.next(
        smallest=smallest,
        largest=largest,
        target_seconds=target,
        backlog=backlog,
        workers=workers,
    )


def test_nothing_known_yet_takes_the_largest() -> None:
    assert size(BatchSize()) == 100


def test_slow_operations_make_small_batches_and_quick_ones_large_again() -> None:
    batch = BatchSize()
    batch.observe(10, 10.0)
    assert size(batch) == 5
    for _ in range(20):
        batch.observe(5, 0.005)
    assert size(batch) == 100


def test_a_short_queue_is_shared_out() -> None:
    assert size(BatchSize(), backlog=10, workers=4) == 3


@given(st.lists(st.tuples(NUMBERS, SECONDS)), NUMBERS, NUMBERS, st.integers(0, 10**6), NUMBERS)
def test_it_stays_within_its_limits(runs, smallest, largest, backlog, workers) -> None:
    batch = BatchSize()
    for operations, seconds in runs:
        batch.observe(operations, seconds)
    found = size(batch, smallest=smallest, largest=largest, backlog=backlog, workers=workers)
    assert min(smallest, largest) <= found <= largest
