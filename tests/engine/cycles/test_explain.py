from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cycles.components import components
from engine.cycles.explain import Edge, explain

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
        assert why.cut in own


def test_the_cut_is_the_edge_that_frees_most() -> None:
    shared = Edge("b", "a", "blocks", NOW - 2 * 86_400, "agent-7")
    edges = [Edge("a", "b", "blocks"), Edge("a", "c", "blocks"), Edge("c", "b", "blocks"), shared]
    why = told(edges)
    assert why.cut is shared
    assert why.reason == "frees 3 of 3 tasks; added 2 days ago by agent-7"


def test_a_dependency_is_cut_before_a_parent() -> None:
    edges = [Edge("p", "c", "parent-child", NOW), Edge("c", "p", "blocks", NOW - 5)]
    assert told(edges).cut.kind == "blocks"


def test_a_bounded_explanation_says_so_and_still_has_a_cycle() -> None:
    edges = [Edge(str(n), str((n + 1) % 9), "blocks") for n in range(9)]
    why = told(edges, in_time=lambda: False)
    assert why.bounded
    assert len(why.cycle) == 9
    assert not told(edges).bounded
    assert told(edges, max_depth=3).bounded
