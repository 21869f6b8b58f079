from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.cycle_picture.making import cycle_model
from widgets.cycle_picture.ordering import cycle_cover, ring_order, short_cycles, work_order

edges_of = st.integers(1, 12).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=40),
    )
)


@given(edges_of)
def test_the_ring_holds_every_task_once(component: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = component
    assert sorted(ring_order(count, edges, [])) == list(range(count))


@given(st.permutations(range(9)), st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8))))
def test_a_ring_through_all_tasks_is_found(hidden: list[int], more: list[tuple[int, int]]) -> None:
    steps = list(zip(hidden, [*hidden[1:], hidden[0]], strict=True))
    order = ring_order(9, [*steps, *more], [])
    edges = {*steps, *more}
    assert all(pair in edges for pair in zip(order, [*order[1:], order[0]], strict=True))


def test_the_cycle_comes_first_where_no_ring_goes_through_all() -> None:
    eight = [(0, 1), (1, 2), (2, 0), (0, 3), (3, 4), (4, 0)]  # two rings that share a task
    order = ring_order(5, eight, [1, 2, 0])
    assert order[:3] == [1, 2, 0]
    assert order[3:] == [3, 4]


@given(edges_of)
def test_short_cycles_are_cycles_and_the_first_is_shortest(
    component: tuple[int, list[tuple[int, int]]],
) -> None:
    count, edges = component
    edges = [edge for edge in edges if edge[0] != edge[1]]
    graph = nx.DiGraph(edges)
    found = short_cycles(count, edges, [], 100)
    for cycle in found:
        assert all(graph.has_edge(*pair) for pair in nx.utils.pairwise(cycle, cyclic=True))
    if found:
        assert len(found[0]) == min(len(cycle) for cycle in nx.simple_cycles(graph))
    else:
        assert nx.is_directed_acyclic_graph(graph)


@given(edges_of, st.integers(1, 5))
def test_a_cover_has_every_edge_in_a_cycle(
    component: tuple[int, list[tuple[int, int]]], most: int
) -> None:
    count, edges = component
    cover = cycle_cover(count, edges, [], most)
    if cover is None:
        return
    assert len(cover) <= most
    graph = nx.DiGraph(edges)
    for cycle in cover:
        if len(cycle) > 1:
            assert all(graph.has_edge(*pair) for pair in nx.utils.pairwise(cycle, cyclic=True))
    assert {task for cycle in cover for task in cycle} == set(range(count))
    for ends in edges:
        assert any(set(ends) <= set(cycle) for cycle in cover)


@given(edges_of)
def test_the_order_of_work_does_what_is_waited_for_first(
    component: tuple[int, list[tuple[int, int]]],
) -> None:
    count, edges = component
    order, stuck = work_order(count, edges)
    assert sorted([*order, *stuck]) == list(range(count))
    at = {task: index for index, task in enumerate(order)}
    for waiter, waited_for in edges:
        if waiter in at:
            assert at[waited_for] < at[waiter]
    acyclic = nx.is_directed_acyclic_graph(nx.DiGraph(edges))
    assert (not stuck) == acyclic


def test_a_model_merges_links_between_the_same_two_tasks() -> None:
    model = cycle_model(
        ["a", "b"],
        [
            ("a", "b", "blocks"),
            ("b", "a", "parent-child"),
            ("a", "b", "parent-child"),
            ("a", "x", "blocks"),
        ],
        titles={"a": "one"},
        cycle=["b", "a"],
        cuts=[("b", "a")],
    )
    assert [task.id for task in model.tasks] == ["b", "a"]
    assert model.tasks[1].title == "one"
    assert [edge.kinds for edge in model.edges] == [("parent-child",), ("blocks", "parent-child")]
    assert model.cycle == (0, 1)
    assert model.cuts == (0,)


@pytest.mark.parametrize("cuts", [[], [("a", "nobody")]])
def test_a_cut_that_is_not_in_the_component_is_none(cuts: list[tuple[str, str]]) -> None:
    assert cycle_model(["a"], [("a", "a", "blocks")], cuts=cuts).cuts == ()
