"""The waiting graph as arrays, for the process that has numpy."""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from engine.cycles.graph import WaitingGraph

LOT = 5_000
"""Nodes copied in one go; other threads have their turn between two lots."""


class PackedGraph(NamedTuple):
    """A graph in compressed rows, as 32-bit numbers in the machine's byte order."""

    pointers: bytes
    """Where the row of each node begins in ``ends``; one more than there are nodes."""
    ends: bytes


def pack(graph: WaitingGraph) -> PackedGraph:
    """All edges, those set aside included; a number without a task has an empty row."""
    after = graph.order.after
    rows = {first: after[first][:] for first, _ in graph.aside}
    for (first, then), copies in graph.aside.items():
        rows[first].extend([then] * copies)
    lengths, ends = [0], bytearray()
    for begin in range(0, len(after), LOT):
        lot = after[begin : begin + LOT]
        for node in rows.keys() & set(range(begin, begin + len(lot))) if rows else ():
            lot[node - begin] = rows[node]
        ends += b"".join(lot)
        lengths += map(len, lot)
    return PackedGraph(array("i", accumulate(lengths)).tobytes(), bytes(ends))
