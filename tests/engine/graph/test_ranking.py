"""Bottlenecks and the critical path on random graphs, beside what networkx says."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from engine.graph import ranking
from engine.graph.unfinished import bottlenecks, critical_path
from tests.engine.graph.graphs import Graph, checked, cyclic, graphs

LIMITS = st.integers(1, 20)


@checked
@given(graphs(), LIMITS)
def test_bottlenecks_hold_up_as_many_as_can_reach_them(graph: Graph, limit: int) -> None:
    waits = graph.waits(graph.unfinished)
    expected = {task: len(nx.ancestors(waits, task)) for task in waits}
    expected = {task: count for task, count in expected.items() if count}
    found = bottlenecks(graph.connection(), limit)
    assert found["total"] == len(expected)
    assert found["waiting"] == sorted(expected.values(), reverse=True)[:limit]
    shown = [row[0] for row in found["tasks"]]
    assert [expected[task] for task in shown] == found["waiting"]
    assert found["in_cycle"] == [task in cyclic(waits) for task in shown]


@checked
@given(graphs(), st.sampled_from([None, "p0"]), LIMITS)
def test_the_critical_path_is_a_longest_one(graph: Graph, project: str | None, limit: int) -> None:
    tasks = {t for t in graph.unfinished if project is None or int(t[1:]) % 2 == 0}
    waits = graph.waits(tasks)
    bad = cyclic(waits)
    waits.remove_nodes_from(bad)
    found = critical_path(graph.connection(), project, limit)
    assert found["left_out"] == len(bad)
    assert found["length"] == len(nx.dag_longest_path(waits))
    shown = [row[0] for row in found["tasks"]]
    assert len(shown) == min(limit, found["length"])
    assert all(waits.has_edge(later, here) for here, later in pairwise(shown))
    assert set(shown) <= set(waits)


def test_counts_are_right_beyond_one_pass() -> None:
    size = ranking.COLUMNS + 3
    waits = [(f"w{n}", "end") for n in range(size)]
    waits += [("a", "b"), ("b", "a"), ("a", "w5"), ("w0", "a")]
    counts, in_cycles = ranking.waiting_behind(waits)
    assert counts["end"] == size + 2
    assert (counts["a"], counts["b"], counts["w5"], counts["w0"]) == (2, 2, 3, 0)
    assert in_cycles == {"a", "b"}
