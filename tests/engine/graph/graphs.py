"""Random graphs of tasks, in the truth and as networkx has them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache

import networkx as nx
from hypothesis import settings
from hypothesis import strategies as st

from engine.database import schema
from engine.tasks import FINISHED, STATUSES, Link

KINDS = ("blocks", "blocks", "parent-child", "related")


checked = settings(deadline=None, max_examples=50)


@cache
def empty_store() -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema.script())
        return connection.serialize()


@dataclass
class Graph:
    """Statuses and priorities by task, ``t0`` the first; links, dangling ones among them."""

    statuses: list[str]
    priorities: list[int]
    links: list[tuple[int, int, str]]

    @property
    def ids(self) -> list[str]:
        return [f"t{n}" for n in range(len(self.statuses))]

    @property
    def unfinished(self) -> set[str]:
        pairs = zip(self.ids, self.statuses, strict=True)
        return {task for task, status in pairs if status not in FINISHED}

    def connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.deserialize(empty_store())
        rows = zip(self.ids, self.statuses, self.priorities, strict=True)
        connection.executemany(
            "INSERT INTO tasks (id, title, status, priority, project, assignee, created_at,"
            " updated_at, content_hash) VALUES (?, 'x', ?, ?, ?, ?, ?, 1, 'h')",
            [
                (*row, f"p{number % 2}", ("", "ann")[number % 2], number)
                for number, row in enumerate(rows)
            ],
        )
        connection.executemany(
            "INSERT INTO links VALUES (?, ?, ?, 1, '', 1)",
            [(f"t{a}", f"t{b}", kind) for a, b, kind in self.links],
        )
        return connection

    def waits(self, among: set[str] | None = None) -> nx.DiGraph:
        """An edge from who waits to whom it waits for; all tasks, or those ``among``."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.ids if among is None else among)
        for a, b, kind in self.links:
            pair = Link(f"t{a}", f"t{b}", kind).waits
            if pair is not None and graph.has_node(pair[0]) and graph.has_node(pair[1]):
                graph.add_edge(*pair)
        return graph


def cyclic(graph: nx.DiGraph) -> set[str]:
    return {
        task
        for group in nx.strongly_connected_components(graph)
        if len(group) > 1
        for task in group
    }


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Up to 12 tasks; links to the last two numbers may dangle."""
    size = draw(st.integers(1, 12))
    ends = st.tuples(
        st.integers(0, size - 1), st.integers(0, size + 1), st.sampled_from(KINDS)
    ).filter(lambda link: link[0] != link[1])
    return Graph(
        draw(st.lists(st.sampled_from(STATUSES), min_size=size, max_size=size)),
        draw(st.lists(st.integers(0, 4), min_size=size, max_size=size)),
        draw(st.lists(ends, unique=True, max_size=30)),
    )
