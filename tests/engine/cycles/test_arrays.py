"""The graph in arrays is the graph, and its components are those of networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cycles.arrays import pack
from engine.cycles.graph import WaitingGraph
from engine.cycles.strong import of_rows

EDGES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=50)


@given(EDGES)
@settings(max_examples=300, deadline=None)
def test_components_from_arrays_agree_with_networkx(edges: list[tuple[int, int]]) -> None:
    graph = WaitingGraph()
    for node in range(10):
        graph.create(str(node))
    for first, then in edges:  # equal ones too: scipy's search does not end if it is given them
        graph.add(str(first), str(then), reject=False)
    packed = pack(graph)
    pointers, ends = (np.frombuffer(part, dtype=np.int32) for part in packed)
    pairs = [(a, int(b)) for a in range(10) for b in ends[pointers[a] : pointers[a + 1]]]
    assert sorted(pairs) == sorted(edges)
    plain = nx.DiGraph(edges)
    found = nx.strongly_connected_components(plain)
    expected = [sorted(c) for c in found if len(c) > 1 or plain.has_edge(*list(c) * 2)]
    assert sorted(of_rows(pointers, ends)) == sorted(expected)
