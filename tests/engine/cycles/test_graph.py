"""The order agrees with networkx after every step, whatever comes and goes."""

from __future__ import annotations

import random
import time
from array import array
from collections import Counter
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.cycles import graph as waiting
from engine.cycles.graph import WaitingGraph

NODES = st.integers(0, 9)
EDGES = st.tuples(NODES, NODES)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("reject"), EDGES),
        st.tuples(st.just("keep"), EDGES),
        st.tuples(st.just("remove"), EDGES),
        st.tuples(st.just("drop"), NODES),
        st.tuples(st.just("create"), NODES),
    ),
    max_size=60,
)


def check(graph: WaitingGraph, edges: Counter[tuple[str, str]]) -> None:
    """What the docstring of WaitingGraph promises."""
    order, names = graph.order, graph.names
    inside = Counter((names[a], names[b]) for a in graph.nodes.values() for b in order.after[a])
    back = Counter((names[a], names[b]) for b in graph.nodes.values() for a in order.before[b])
    aside = Counter({(names[a], names[b]): n for (a, b), n in graph.aside.items()})
    assert inside == back
    assert inside + aside == edges
    assert not inside.keys() & aside.keys()
    assert graph.edges == edges.total()
    labels = [order.label[node] for node in graph.nodes.values()]
    assert len(set(labels)) == len(labels)
    for waiter, waited_for in inside:
        assert order.label[graph.nodes[waiter]] < order.label[graph.nodes[waited_for]]
    proof = {(names[a], names[b]) for a, b in graph._proof}
    assert bool(proof) == bool(aside)
    if proof:
        assert proof <= edges.keys()
        assert len(proof & aside.keys()) == 1
        assert sorted(a for a, _ in proof) == sorted(b for _, b in proof)


def closes(edges: Counter[tuple[str, str]], waiter: str, waited_for: str) -> bool:
    if waiter == waited_for:
        return True
    graph = nx.DiGraph(list(edges))
    return {waiter, waited_for} <= set(graph) and nx.has_path(graph, waited_for, waiter)


class Twin:
    """A graph and, beside it, the edges it should have."""

    def __init__(self) -> None:
        self.graph = WaitingGraph()
        self.edges: Counter[tuple[str, str]] = Counter()
        for node in range(10):
            self.graph.create(str(node))

    def add(self, ends: tuple[int, int], *, reject: bool) -> None:
        waiter, waited_for = map(str, ends)
        if not {waiter, waited_for} <= self.graph.nodes.keys():
            with pytest.raises(KeyError):
                self.graph.add(waiter, waited_for, reject=reject)
            return
        path = self.graph.add(waiter, waited_for, reject=reject)
        if reject:
            assert (path is not None) == closes(self.edges, waiter, waited_for)
        if path is not None:
            assert (path[0], path[-1]) == (waited_for, waiter)
            assert all(step in self.edges for step in pairwise(path))
        if path is None or not reject:
            self.edges[waiter, waited_for] += 1

    def remove(self, ends: tuple[int, int]) -> None:
        waiter, waited_for = edge = tuple(map(str, ends))
        if edge not in self.edges:
            with pytest.raises((KeyError, ValueError)):
                self.graph.remove(waiter, waited_for)
            return
        self.graph.remove(waiter, waited_for)
        self.edges -= Counter([edge])

    def drop(self, node: int) -> None:
        name = str(node)
        if name in self.graph:
            gone = Counter(self.graph.drop(name))
            assert gone == Counter({e: n for e, n in self.edges.items() if name in e})
            self.edges -= gone

    def create(self, node: int) -> None:
        if str(node) not in self.graph:
            self.graph.create(str(node))


def run(steps) -> None:
    twin = Twin()
    for what, argument in steps:
        match what:
            case "reject" | "keep":
                twin.add(argument, reject=what == "reject")
            case "remove":
                twin.remove(argument)
            case "drop":
                twin.drop(argument)
            case _:
                twin.create(argument)
        check(twin.graph, twin.edges)


@given(STEPS)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example([("keep", (0, 0)), ("keep", (0, 0)), ("remove", (0, 0)), ("drop", 0)])
@example([("keep", (0, 1)), ("keep", (1, 0)), ("keep", (1, 0)), ("remove", (0, 1))])
def test_it_is_in_step_with_networkx_after_every_change(steps) -> None:
    run(steps)


@given(STEPS)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_edges_aside_are_tried_one_by_one_while_that_is_quicker(steps) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "SORTED_FOR", 0)
        run(steps)


@given(st.lists(EDGES, max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_graph_that_is_loaded_is_as_one_that_grew(edges: list[tuple[int, int]]) -> None:
    after = [array("i") for _ in range(10)]
    for first, then in edges:
        after[first].append(then)
    graph = WaitingGraph.load({str(node): node for node in range(10)}, after)
    check(graph, Counter((str(a), str(b)) for a, b in edges))
    acyclic = nx.is_directed_acyclic_graph(nx.DiGraph(edges))
    assert (not graph.aside) == acyclic


@pytest.mark.slow
@given(STEPS)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_ten_thousand_random_graphs_agree_with_networkx(steps) -> None:
    run(steps)


def test_a_refusal_tells_the_shortest_path() -> None:
    graph = WaitingGraph()
    for name in "abcde":
        graph.create(name)
    for edge in ("ab", "bc", "cd", "de", "ae"):
        assert graph.add(*edge, reject=True) is None
    assert graph.add("e", "a", reject=True) == ["a", "e"]
    assert graph.edges == 5


def test_a_refusal_sees_cycles_that_are_kept() -> None:
    graph = WaitingGraph()
    for name in "abxy":
        graph.create(name)
    graph.add("a", "b", reject=False)
    graph.add("b", "a", reject=False)  # aside: b -> a
    assert graph.add("y", "b", reject=True) is None
    assert graph.add("a", "x", reject=True) is None
    assert graph.add("x", "y", reject=True) == ["y", "b", "a", "x"]


def knot(tasks: int) -> list[tuple[str, str]]:
    """A ring, and two links a task to any that came before it: all in one component."""
    draw = random.Random(3)  # noqa: S311 - repeatable, not secret
    edges = [(n, (n + 1) % tasks) for n in range(tasks)]
    edges += [(n, draw.randrange(n)) for n in range(1, tasks) for _ in range(2)]
    return [(str(a), str(b)) for a, b in edges]


def test_a_large_knot_grows_in_about_the_time_of_its_links_and_opens_with_one_cut() -> None:
    graph, edges = WaitingGraph(), knot(5000)
    for node in range(5000):
        graph.create(str(node))
    started = time.process_time()
    for edge in edges:
        graph.add(*edge, reject=False)
    assert time.process_time() - started < 5  # a path for each link took five times as long
    assert graph.add("1", "4999", reject=True) is not None
    ring = {("4999", "0"), *((str(n), str(n + 1)) for n in range(4999))}
    for edge in ring:
        graph.remove(*edge)
    assert not graph.aside
    assert graph.add("0", "4999", reject=True) is not None
    assert graph.add("4999", "0", reject=True) is None
