from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.monitoring.durations import LONGEST, SHORTEST, Durations, merged

SECONDS = st.floats(SHORTEST, LONGEST)
MANY = st.lists(SECONDS, min_size=1, max_size=200)


def sketch(seconds: list[float]) -> Durations:
    found = Durations()
    for value in seconds:
        found.add(value)
    return found


def packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value).encode())


@given(MANY, st.floats(0, 1))
def test_a_quantile_is_within_one_percent_of_the_exact_one(seconds, q):
    exact = sorted(seconds)[int(q * (len(seconds) - 1))]
    assert sketch(seconds).quantile(q) == pytest.approx(exact, rel=0.010001)


@given(MANY, MANY, st.floats(0, 1))
def test_merging_gives_the_sketch_of_all_durations(left, right, q):
    both = merged([sketch(left), sketch(right)])
    assert both.count == len(left) + len(right)
    assert both.quantile(q) == sketch(left + right).quantile(q)


@given(MANY, MANY)
def test_bytes_keep_every_quantile_and_merge_with_a_new_sketch(kept, new):
    read = Durations.from_bytes(sketch(kept).to_bytes())
    assert read.to_bytes() == sketch(kept).to_bytes()
    read.merge(sketch(new))
    assert read.quantile(0.95) == sketch(kept + new).quantile(0.95)


def test_merging_leaves_the_other_sketch_as_it_was():
    other = sketch([1.0])
    total = merged([other])
    total.add(5.0)
    assert (other.count, total.count) == (1, 2)


def test_a_sketch_without_durations_has_no_quantile_and_can_be_kept():
    assert Durations().quantile(0.5) is None
    assert Durations.from_bytes(Durations().to_bytes()).quantile(0.5) is None


def test_a_count_weighs_as_much_as_that_many_runs():
    weighted = Durations()
    weighted.add(1.0, count=99)
    weighted.add(100.0)
    assert weighted.count == 100
    assert weighted.quantile(0.5) == pytest.approx(1.0, rel=0.01)


def test_extreme_durations_count_as_the_bounds_and_keep_the_sketch_small():
    found = sketch([0.0, 1e-300, 1e300])
    assert found.quantile(0) == pytest.approx(SHORTEST, rel=0.01)
    assert found.quantile(1) == pytest.approx(LONGEST, rel=0.01)
    assert len(found.to_bytes()) < 100


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_what_is_no_duration_is_refused(seconds):
    with pytest.raises(ValueError, match="not a duration"):
        Durations().add(seconds)


@pytest.mark.parametrize("q", [-0.1, 1.1, float("nan")])
def test_what_is_no_quantile_is_refused(q):
    with pytest.raises(ValueError, match="from 0 to 1"):
        Durations().quantile(q)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        sketch([1.0]).to_bytes()[:-1],
        sketch([1.0]).to_bytes() + b"x",
        packed([2, [1], [1]]),
        packed([1, [1], [1, 2]]),
        packed([1, [10**9], [1]]),
        packed([1, [1], [0]]),
        packed([1, [1], [-5]]),
        packed([1, [1], [2**60]]),
        packed([1, [1.5], [1]]),
        packed([1, {"a": 1}, [1]]),
        packed([1, ["x"], [True]]),
        packed({}),
        packed(7),
        zlib.compress(b"[" * 20_000),
        zlib.compress(b"\xff\xfe"),
        zlib.compress(b" " * 50_000_000),
    ],
)
def test_corrupt_bytes_are_refused_with_a_clear_error(data):
    with pytest.raises(ValueError, match="not a sketch of durations"):
        Durations.from_bytes(data)


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused(data):
    with pytest.raises(ValueError, match="not a sketch of durations"):
        Durations.from_bytes(data)
