"""Walks and ready work on random graphs, cycles included, beside what networkx says."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInputError, TaskNotFoundError
from engine.graph import reach, readiness, surroundings
from engine.graph.readiness import Wanted
from engine.graph.self_waiting import cyclic as cyclic_tasks
from engine.tasks import FINISHED
from tests.engine.graph.graphs import Graph, checked, cyclic, graphs

LIMITS = st.integers(1, 20)


@checked
@given(graphs(), LIMITS)
def test_impact_and_blockers_are_all_that_is_reachable_at_its_distance(
    graph: Graph, limit: int
) -> None:
    connection, waits = graph.connection(), graph.waits()
    for question, along in ((reach.impact, waits.reverse()), (reach.blockers, waits)):
        found = question(connection, "t0", limit)
        expected = nx.single_source_shortest_path_length(along, "t0")
        del expected["t0"]
        assert found.total == len(expected)
        assert found.unfinished == len(expected.keys() & graph.unfinished)
        assert found.truncated == (len(expected) > limit)
        assert len(found.found) == min(limit, len(expected))
        assert all(expected[one.task.id] == one.distance for one in found.found)
        assert [one.distance for one in found.found] == sorted(expected.values())[:limit]
        assert all(along.has_edge(one.via, one.task.id) for one in found.found)
        assert all(one.unfinished == (one.task.id in graph.unfinished) for one in found.found)
        assert found.in_cycle == ("t0" in cyclic(waits))


@checked
@given(graphs(), st.integers(1, 5), LIMITS)
def test_a_neighbourhood_has_all_links_among_its_tasks(
    graph: Graph, depth: int, limit: int
) -> None:
    there = set(graph.ids)
    links = {(f"t{a}", f"t{b}", kind) for a, b, kind in graph.links if f"t{b}" in there}
    around = nx.Graph([link[:2] for link in links])
    around.add_node("t0")
    expected = nx.single_source_shortest_path_length(around, "t0", cutoff=depth)
    found = surroundings.neighbourhood(graph.connection(), "t0", depth, limit)
    assert found.total == len(expected) - 1
    assert found.truncated == (found.total > limit)
    shown = {one.task.id: one.distance for one in found.nodes}
    assert len(shown) == len(found.nodes) == min(limit, found.total)
    assert shown.items() <= expected.items()
    among = {link for link in links if set(link[:2]) <= {"t0", *shown}}
    assert {(k.task_id, k.target_id, k.kind) for k in found.edges} == among
    assert len(found.edges) == len(among)


@checked
@given(graphs(), LIMITS)
def test_a_hierarchy_has_each_task_once_below_its_parent(graph: Graph, limit: int) -> None:
    there = set(graph.ids)
    up = nx.DiGraph(
        [
            (f"t{a}", f"t{b}")
            for a, b, kind in graph.links
            if kind == "parent-child" and f"t{b}" in there
        ]
    )
    up.add_node("t0")
    found = surroundings.hierarchy(graph.connection(), "t0", limit)
    below = nx.ancestors(up, "t0")
    assert found.total == len(below)
    assert found.truncated == (len(below) > limit)
    assert Counter(found.by_status) == Counter(graph.statuses[int(task[1:])] for task in below)
    assert {one.task.id for one in found.ancestors} == nx.descendants(up, "t0")
    shown = [one.task.id for one in found.subtree]
    assert len(shown) == len(set(shown)) == min(limit, len(below))
    before = {"t0"}
    for one in found.subtree:
        assert one.via in before, "a parent comes before its children"
        assert up.has_edge(one.task.id, one.via)
        before.add(one.task.id)


def model_of_ready(graph: Graph) -> list[str]:
    waits = graph.waits()
    bad = cyclic(waits) | {a for a, b in waits.edges if b in graph.unfinished}
    found = [n for n, status in enumerate(graph.statuses) if status == "open"]
    found.sort(key=lambda n: (graph.priorities[n], n))
    return [f"t{n}" for n in found if f"t{n}" not in bad]


@checked
@given(graphs(), LIMITS)
def test_ready_is_every_open_task_that_nothing_keeps(graph: Graph, limit: int) -> None:
    connection, expected = graph.connection(), model_of_ready(graph)
    found = readiness.ready(connection, Wanted(), limit)
    assert [task.id for task in found.tasks] == expected[:limit]
    assert (found.total, found.truncated) == (len(expected), len(expected) > limit)
    assert readiness.best_ready(connection, Wanted()) == (expected or [None])[0]
    assert readiness.ready_among(connection, graph.ids) == expected
    if not cyclic(graph.waits()):
        assert readiness.ready_ids(connection, Wanted(), 0) == expected
        assert readiness.ready_among(connection, graph.ids, acyclic=True) == expected
    mine = readiness.ready(connection, Wanted("p1", "ann"), 100)
    assert [task.id for task in mine.tasks] == [t for t in expected if int(t[1:]) % 2]


@checked
@given(graphs(), LIMITS)
def test_blocked_is_the_rest_with_what_blocks_it(graph: Graph, limit: int) -> None:
    connection, waits, ready = graph.connection(), graph.waits(), model_of_ready(graph)
    found = readiness.blocked(connection, Wanted(), limit)
    expected = {
        task
        for task, status in zip(graph.ids, graph.statuses, strict=True)
        if status in {"open", "blocked"} and task not in ready
    }
    assert (found.total, found.truncated) == (len(expected), len(expected) > limit)
    assert len({one.task.id for one in found.tasks} & expected) == min(limit, len(expected))
    for one in found.tasks:
        keeps = {b for _, b in waits.out_edges(one.task.id) if b in graph.unfinished}
        assert {blocker.id for blocker in one.waits_for} == keeps
        assert all(blocker.status not in FINISHED for blocker in one.waits_for)
        if not keeps:
            assert one.in_cycle == (one.task.id in cyclic(waits))
            assert one.in_cycle or one.task.status == "blocked"


@checked
@given(graphs())
def test_the_tasks_in_cycles_are_those_of_strong_components(graph: Graph) -> None:
    waits = graph.waits()
    assert cyclic_tasks({task: list(waits.successors(task)) for task in waits}) == cyclic(waits)


def test_a_long_chain_is_walked_to_its_end() -> None:
    size = 3000
    links = [(n, n + 1, "blocks") for n in range(size - 1)]
    graph = Graph(["open"] * size, [2] * size, links)
    found = reach.blockers(graph.connection(), "t0", 1)
    assert (found.total, found.truncated) == (size - 1, True)
    assert cyclic_tasks({f"{n}": [f"{(n + 1) % size}"] for n in range(size)}) == {
        f"{n}" for n in range(size)
    }


def test_an_open_task_in_a_cycle_of_finished_ones_is_not_ready_and_says_why() -> None:
    graph = Graph(["open", "closed"], [2, 2], [(0, 1, "blocks"), (1, 0, "blocks")])
    connection = graph.connection()
    assert readiness.ready(connection, Wanted(), 10).tasks == ()
    (one,) = readiness.blocked(connection, Wanted(), 10).tasks
    assert (one.task.id, one.waits_for, one.in_cycle) == ("t0", (), True)


def test_what_is_not_there_is_told() -> None:
    connection = Graph(["open"], [2], []).connection()
    for question in (reach.impact, reach.blockers, surroundings.hierarchy):
        with pytest.raises(TaskNotFoundError):
            question(connection, "t9", 10)
    with pytest.raises(InvalidInputError, match="depth: 6 is not a whole number from 1 to 5"):
        surroundings.neighbourhood(connection, "t0", 6, 10)


@pytest.mark.parametrize(
    "sql", [reach.WAITERS, reach.WAITED_FOR, surroundings.NEIGHBOURS, surroundings.CHILDREN]
)
def test_a_step_goes_from_the_front_over_indices(sql: str) -> None:
    connection = Graph(["open"], [2], []).connection()
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", {"front": "[]"})]
    scans = [line for line in plan if line.startswith("SCAN") and "front" not in line]
    assert scans == []


def test_ready_tasks_are_found_over_indices() -> None:
    connection = Graph(["open"], [2], []).connection()
    sql = f"SELECT t.id FROM tasks AS t WHERE t.status = 'open' AND {readiness.FREE}"
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql} {readiness.ORDER}")]
    assert any("tasks_by_status" in line for line in plan)
    assert not any(line.startswith("SCAN") for line in plan)


def test_what_was_known_of_cycles_counts_until_links_are_added() -> None:
    graph = Graph(["open", "closed"], [2, 2], [(0, 1, "blocks"), (1, 0, "blocks")])
    connection = graph.connection()
    log = "INSERT INTO changes (task_id, what, at) VALUES ('t0', ?, 1)"
    connection.execute(log, ("unlinked",))
    assert readiness.ready_ids(connection, Wanted(), 1) == ["t0"], "it is taken at its word"
    connection.execute(log, ("updated",))
    assert readiness.ready_ids(connection, Wanted(), 1) == ["t0"]
    connection.execute(log, ("linked",))
    assert readiness.ready_ids(connection, Wanted(), 1) == []
    assert readiness.ready_ids(connection, Wanted(), 9) == [], "of another file"
