"""The life of each component, kept in the store: born, changed, resolved."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.cycle_views import Cut, CutRecord, CycleRecord
from engine.tasks import Link

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from engine.cycle_views import CycleComponent

HISTORY = "SELECT * FROM cycles ORDER BY born_at DESC, id DESC LIMIT ?"
CUTS = "SELECT * FROM cycle_cuts ORDER BY id DESC LIMIT ?"


@dataclass(slots=True)
class Recorded:
    """What a check changed in the record."""

    components: list[CycleComponent] = field(default_factory=list)
    """Those given, with their id and the time of their birth."""
    born: list[CycleComponent] = field(default_factory=list)
    changed: list[CycleComponent] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)


def fingerprint(tasks: Sequence[str]) -> str:
    """Names a set of tasks, whatever their order."""
    return hashlib.sha256("\0".join(sorted(tasks)).encode()).hexdigest()[:16]


def record(
    connection: sqlite3.Connection, components: Sequence[CycleComponent], now: float
) -> Recorded:
    """Bring the records in line with the components there are.

    A component goes on as the living record that it shares most tasks with; each record goes on as
    one component at most. So one that grows or shrinks keeps its id and its birth; of one that
    falls apart the part with most of its tasks does; when some become one, that which gave most.
    The rest of the records are resolved, the rest of the components born.
    """
    alive = {
        row["id"]: row
        for row in connection.execute("SELECT * FROM cycles WHERE resolved_at IS NULL")
    }
    family = _Family(
        components, {number: json.loads(row["tasks"]) for number, row in alive.items()}
    )
    found = Recorded()
    for number in alive.keys() - family.heirs.values():
        connection.execute(
            "UPDATE cycles SET resolved_at = ?, merged_into = ? WHERE id = ?",
            (now, family.taken_in_by(number), number),
        )
        found.resolved.append(number)
    for place, component in enumerate(components):
        before = alive.get(family.heirs.get(place, 0))
        if before is None:
            known = _born(connection, component, family.part_of(place), now)
            found.born.append(known)
        else:
            known = replace(component, id=before["id"], born_at=before["born_at"])
            if before["fingerprint"] != fingerprint(component.tasks):
                found.changed.append(known)
                _write(connection, known, now)
            elif before["cuts"] != _cuts(known):
                _write(connection, known, before["changed_at"])
        found.components.append(known)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('cycles_checked_at', ?)", (str(now),))
    return found


class _Family:
    """Which component goes on as which record."""

    def __init__(
        self, components: Sequence[CycleComponent], alive: Mapping[int, Sequence[str]]
    ) -> None:
        owner = {task: number for number, tasks in alive.items() for task in tasks}
        self._shared: dict[tuple[int, int], int] = {}
        """By place of the component and id of the record."""
        for place, component in enumerate(components):
            for task in component.tasks:
                if task in owner:
                    pair = place, owner[task]
                    self._shared[pair] = self._shared.get(pair, 0) + 1
        self.heirs: dict[int, int] = {}
        """Id of the record by place of the component."""
        for place, number in sorted(self._shared, key=self._closeness):
            if place not in self.heirs and number not in self.heirs.values():
                self.heirs[place] = number

    def _closeness(self, pair: tuple[int, int]) -> tuple[int, int, int]:
        place, number = pair
        return -self._shared[pair], number, place

    def taken_in_by(self, number: int) -> int | None:
        """The record that goes on with most of the tasks of one that does not."""
        places = [pair for pair in self._shared if pair[1] == number and pair[0] in self.heirs]
        return self.heirs[min(places, key=self._closeness)[0]] if places else None

    def part_of(self, place: int) -> int | None:
        """The record that a new component has most of its tasks from."""
        pairs = [pair for pair in self._shared if pair[0] == place]
        return min(pairs, key=self._closeness)[1] if pairs else None


def _cuts(component: CycleComponent) -> str:
    return json.dumps([[cut.from_, cut.to, cut.kind, cut.reason] for cut in component.cuts])


def _born(
    connection: sqlite3.Connection, component: CycleComponent, part_of: int | None, now: float
) -> CycleComponent:
    number = connection.execute(
        "INSERT INTO cycles (fingerprint, tasks, cycle, cuts, born_at, changed_at, split_from)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            fingerprint(component.tasks),
            json.dumps(component.tasks),
            json.dumps(component.cycle),
            _cuts(component),
            now,
            now,
            part_of,
        ),
    ).lastrowid
    return replace(component, id=number or 0, born_at=now)


def _write(connection: sqlite3.Connection, component: CycleComponent, changed_at: float) -> None:
    connection.execute(
        "UPDATE cycles SET fingerprint = ?, tasks = ?, cycle = ?, cuts = ?, changed_at = ?"
        " WHERE id = ?",
        (
            fingerprint(component.tasks),
            json.dumps(component.tasks),
            json.dumps(component.cycle),
            _cuts(component),
            changed_at,
            component.id,
        ),
    )


def life(row: sqlite3.Row) -> CycleRecord:
    """A row of ``cycles``."""
    return CycleRecord(
        id=row["id"],
        tasks=tuple(json.loads(row["tasks"])),
        cycle=tuple(json.loads(row["cycle"])),
        cuts=tuple(Cut(*cut) for cut in json.loads(row["cuts"])),
        born_at=row["born_at"],
        changed_at=row["changed_at"],
        resolved_at=row["resolved_at"],
        merged_into=row["merged_into"],
        split_from=row["split_from"],
    )


def cut(row: sqlite3.Row) -> CutRecord:
    """A row of ``cycle_cuts``."""
    stored = (Link(*link) for link in json.loads(row["links"]))
    ends = ((link.waits, link.kind) for link in stored)
    return CutRecord(
        id=row["id"],
        component=row["component"],
        links=tuple((*waits, kind) for waits, kind in ends if waits is not None),
        at=row["at"],
        actor=row["actor"],
        undone_at=row["undone_at"],
        undone_by=row["undone_by"],
    )
