from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cycles.elementary import Enumeration

GRAPHS = st.lists(st.lists(st.integers(0, 6), unique=True, max_size=5), min_size=7, max_size=7)


def rotated(cycles: list[list[int]]) -> list[tuple[int, ...]]:
    return sorted(
        tuple(cycle[cycle.index(min(cycle)) :] + cycle[: cycle.index(min(cycle))])
        for cycle in cycles
    )


def enumerated(following, longest: int = 100, most: int = 10**9) -> Enumeration:
    found = Enumeration(following, longest)
    found.run(most, lambda: True)
    return found


def graph_of(following) -> nx.DiGraph:
    return nx.DiGraph([(a, b) for a, ends in enumerate(following) for b in ends])


@given(GRAPHS)
@settings(max_examples=300, deadline=None)
def test_all_cycles_are_found_once(following) -> None:
    found = enumerated(following)
    assert found.complete
    assert rotated(found.found) == rotated(list(nx.simple_cycles(graph_of(following))))


@given(GRAPHS, st.integers(1, 7))
@settings(max_examples=300, deadline=None)
def test_a_bound_on_the_length_leaves_out_only_longer_ones(following, longest: int) -> None:
    found = enumerated(following, longest)
    everything = rotated(list(nx.simple_cycles(graph_of(following))))
    assert rotated(found.found) == [cycle for cycle in everything if len(cycle) <= longest]
    if found.complete:
        assert rotated(found.found) == everything


@pytest.mark.parametrize("most", [1, 5, 2364])
def test_a_bound_on_the_number_says_that_there_may_be_more(most: int) -> None:
    everyone = [[b for b in range(7) if b != a] for a in range(7)]  # 2,365 cycles
    found = enumerated(everyone, most=most)
    assert (len(found.found), found.complete) == (most, False)
    assert len(enumerated(everyone).found) == 2365


def test_no_time_finds_nothing_and_says_so() -> None:
    found = Enumeration([[1], [0]], 10)
    found.run(10, lambda: False)
    assert not found.complete
