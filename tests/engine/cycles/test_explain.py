from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cycles.components import components
from engine.cycles.cuts import MOST_CUTS
from engine.cycles.explain import MOST_CYCLES, Edge, explain

NAMES = [f"t{n}" for n in range(12)]
GRAPHS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=40)
NOW = 1_800_000_000.0


def graph_of(edges: list[tuple[str, str]]) -> nx.DiGraph:
    return nx.DiGraph(edges)


def expected(edges: list[tuple[str, str]]) -> list[list[str]]:
    graph = graph_of(edges)
    found = nx.strongly_connected_components(graph)
    return sorted(sorted(c) for c in found if len(c) > 1 or graph.has_edge(*list(c) * 2))


def told(edges: list[Edge], **limits):
    (group,) = components([edge.ends for edge in edges])
    limits = {"max_depth": 50, "in_time": lambda: True, **limits}
    return explain(group, edges, now=NOW, **limits)


@given(GRAPHS)
@settings(max_examples=300, deadline=None)
def test_components_agree_with_networkx(edges: list[tuple[str, str]]) -> None:
    assert sorted(components(edges)) == expected(edges)


@given(GRAPHS)
@settings(max_examples=150, deadline=None)
def test_explanations_are_true(edges: list[tuple[str, str]]) -> None:
    graph = graph_of(edges)
    for group in components(edges):
        own = [Edge(a, b, "blocks") for a, b in graph.subgraph(group).edges]
        why = explain(group, own, now=NOW, max_depth=50, in_time=lambda: True)
        steps = list(zip(why.cycle, [*why.cycle[1:], why.cycle[0]], strict=True))
        assert all(graph.has_edge(*step) for step in steps)
        assert len(why.cycle) == min(map(len, nx.simple_cycles(graph.subgraph(group))))
        assert {edge for edge, _ in why.cuts} <= set(own)
        everything = [sorted(cycle) for cycle in nx.simple_cycles(graph.subgraph(group))]
        assert why.cycles_complete == (not why.bounded) == (len(everything) <= MOST_CYCLES)
        assert why.cycles == min(len(everything), MOST_CYCLES)
        rest = graph.subgraph(group).copy()
        rest.remove_edges_from(edge.ends for edge, _ in why.cuts)
        left = sum(len(c) for c in expected(list(rest.edges)))
        assert f"frees {len(group) - left} of {len(group)} tasks" in why.cuts[0][1]


def test_the_cut_is_the_edge_that_frees_most() -> None:
    shared = Edge("b", "a", "blocks", NOW - 2 * 86_400, "agent-7", 3)
    edges = [Edge("a", "b", "blocks"), Edge("a", "c", "blocks"), Edge("c", "b", "blocks"), shared]
    ((cut, reason),) = told(edges).cuts
    assert cut is shared
    assert reason == (
        "breaks 2 of 2 cycles, frees 3 of 3 tasks; added 2 days ago by agent-7; priority 3"
    )


def test_a_dependency_is_cut_before_a_parent() -> None:
    edges = [Edge("p", "c", "parent-child", NOW), Edge("c", "p", "blocks", NOW - 5)]
    ((cut, _),) = told(edges).cuts
    assert cut.kind == "blocks"


def test_all_links_between_two_tasks_are_cut_together() -> None:
    edges = [Edge("a", "b", "blocks"), Edge("a", "b", "parent-child"), Edge("b", "a", "blocks")]
    ((cut, reason),) = told(edges).cuts
    assert cut.ends == ("b", "a")
    assert reason.startswith("breaks 1 of 1 cycle, frees 2 of 2 tasks")
    both = told([*edges, Edge("b", "a", "parent-child", NOW)]).cuts
    assert [edge.ends for edge, _ in both] == [("b", "a"), ("b", "a")]


def test_a_few_links_are_cut_when_no_single_one_frees_all() -> None:
    ring = [Edge(str(n), str((n + 1) % 6), "blocks") for n in range(6)]
    back = [Edge(edge.waited_for, edge.waiter, "blocks", NOW) for edge in ring]
    cuts = told(ring + back).cuts
    assert 1 < len(cuts) <= MOST_CUTS
    assert cuts[0][1].startswith(f"with {len(cuts) - 1} more links breaks ")


def test_a_dense_component_is_counted_up_to_a_bound() -> None:
    why = told([Edge(a, b, "blocks") for a in NAMES for b in NAMES if a != b])
    assert (why.cycles, why.cycles_complete, why.bounded) == (MOST_CYCLES, False, True)
    assert "of 1000 cycles known" in why.cuts[0][1]


def test_a_long_ring_is_known_without_a_search() -> None:
    edges = [Edge(f"t{n}", f"t{(n + 1) % 5000}", "blocks", NOW - n) for n in range(5000)]
    asked = 0

    def in_time() -> bool:
        nonlocal asked
        asked += 1
        return asked < 100

    why = told(edges, in_time=in_time)
    assert (len(why.cycle), why.cycles, why.cycles_complete, why.bounded) == (5000, 1, True, False)
    assert [edge for edge, _ in why.cuts] == [edges[0]]
    assert "breaks 1 of 1 cycle, frees 5000 of 5000 tasks" in why.cuts[0][1]


def test_a_bounded_explanation_says_so_and_still_has_a_cycle() -> None:
    edges = [Edge(str(n), str((n + 1) % 9), "blocks") for n in range(9)]
    edges.append(Edge("0", "4", "blocks"))
    why = told(edges, in_time=lambda: False)
    assert why.bounded
    assert len(why.cycle) == 6
    assert not told(edges).bounded
    assert told(edges, max_depth=3).bounded
