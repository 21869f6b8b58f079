"""The engine's side of the projections child."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.cycle_views import Cut, CycleComponent, CycleReport
from engine.graph_views import Bottleneck, Bottlenecks, CriticalPath, TaskBrief
from engine.snapshots import GraphParity, Parity, StoreParity
from engine.workers.child import ChildProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from engine.clock import Clock
    from engine.cycles.arrays import PackedGraph

REBUILD_SECONDS = 3600.0
NEAR_PAIRS_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class ParityRepair:
    """Task ids that must be worked on for parity."""

    vectors: tuple[str, ...] = ()
    """To embed: missing or stale."""
    orphaned_vectors: tuple[str, ...] = ()
    graph: tuple[str, ...] = ()
    """To sync: anything wrong with the node or its edges."""
    annotations: tuple[str, ...] = ()
    """To sync: beside the vector an older version of the task is noted."""
    damaged: Mapping[str, str] = field(default_factory=dict)
    """What is wrong, of ``chroma`` and ``kuzu``, when their content can't be read."""
    graph_behind: bool = False
    """Whether there are changes that the graph has not followed."""


class Nearest(NamedTuple):
    """What a search among the vectors found."""

    model: str
    """Whose vectors were searched; empty when there are none."""
    settings: str = ""
    """What was handed over with these vectors when they were first written."""
    found: tuple[tuple[str, float], ...] | None = ()
    """``(id, cosine similarity)``, best first; None when the query is of another model."""
    total: int = 0
    """How many vectors there are."""


class NearPairs(NamedTuple):
    """Tasks whose vectors are near."""

    pairs: tuple[tuple[str, str, float, int], ...]
    """Ids, cosine similarity, and how many more have the same texts; the nearest first."""
    compared: int
    left_out: int
    """Tasks without a vector."""
    exact: bool


@dataclass(frozen=True, slots=True)
class DrainStep:
    """What one step along the change log did."""

    position: int
    """Up to where the graph is in step."""
    head: int
    """Where the log ends."""
    tasks: int
    """Brought in step by this one; 0 at the end of the log."""
    rebuild: bool
    """Nothing was done: loading all anew is the better, or the only, way."""


class Projections:
    """Chroma and Kuzu, in a process of their own that reads the truth by itself."""

    def __init__(self, data_dir: Path, *, clock: Clock, seconds: float) -> None:
        self._seconds, self._clock = seconds, clock
        self._upkeep, self._explaining = asyncio.Lock(), asyncio.Lock()
        self._child = ChildProcess(
            "projections",
            "engine.workers.projections",
            ["--data-dir", str(data_dir)],
            clock=clock,
        )

    @property
    def pid(self) -> int | None:
        """The child's process id, if it runs."""
        return self._child.pid

    async def _call(
        self, method: str, *, seconds: float | None = None, urgent: bool = False, **params: Any
    ) -> Any:
        return await self._child.call(
            method, params, seconds=seconds or self._seconds, urgent=urgent
        )

    async def stop(self) -> None:
        """End the child."""
        await self._child.stop()

    async def check(self, store: str) -> None:
        """StoreUnavailableError unless ``chroma`` or ``kuzu`` opens and answers."""
        await self._call("probe", store=store)

    async def vectors_hashes(self, ids: Sequence[str], model: str) -> dict[str, tuple[str, str]]:
        """``(hash, model)`` of those that have a vector of that model."""
        found = await self._call("vectors_hashes", ids=list(ids), model=model)
        return {task_id: (digest, model) for task_id, (digest, model) in found.items()}

    async def vectors_upsert(
        self,
        ids: Sequence[str],
        hashes: Sequence[str],
        model: str,
        vectors: Sequence[bytes],
        settings: str = "",
    ) -> list[str]:
        """Write vectors (float32 bytes); the ids that, read back, have them.

        ``settings`` are kept with the first vectors of a model, for :class:`Nearest`.
        """
        written: list[str] = await self._call(
            "vectors_upsert",
            ids=list(ids),
            hashes=list(hashes),
            model=model,
            vectors=b"".join(vectors),
            dimension=len(vectors[0]) // 4,
            settings=settings,
        )
        return written

    async def vectors_annotate(self, ids: Sequence[str]) -> list[str]:
        """Bring what is noted beside vectors in step with the truth; those that, read back, are.

        Nothing is embedded. A task without a vector is in step.
        """
        current: list[str] = await self._call("vectors_annotate", ids=list(dict.fromkeys(ids)))
        return current

    async def vectors_promote(self, model: str) -> list[str] | None:
        """Search the vectors of ``model`` from now on, if every text has one; None if not.

        Those of other models are dropped; returns which they were of.
        """
        dropped: list[str] | None = await self._call("vectors_promote", model=model)
        return dropped

    async def vectors_query(
        self,
        vector: bytes,
        limit: int,
        *,
        model: str = "",
        where: Mapping[str, str] | None = None,
    ) -> Nearest:
        """The nearest tasks to a vector of ``model``.

        ``where`` filters by status, priority, project, assignee or ``tag``.
        """
        told = await self._call(
            "vectors_query",
            vector=vector,
            limit=limit,
            model=model,
            where=dict(where or {}),
            urgent=True,
        )
        return _nearest(told)

    async def vectors_like(self, task_id: str, digest: str, limit: int) -> Nearest:
        """The nearest tasks to the vector of a task, itself among them.

        Nothing is ``found`` (None) unless its vector is that of the text with the hash ``digest``.
        """
        told = await self._call(
            "vectors_like", task_id=task_id, digest=digest, limit=limit, urgent=True
        )
        return _nearest(told)

    async def set_aside(self, store: str) -> str:
        """Keep a damaged store (chroma, kuzu) under another name, and start empty; that name."""
        name: str = await self._call("set_aside", store=store)
        return name

    async def vectors_delete(self, ids: Sequence[str]) -> int:
        """Remove vectors; how many that, read back, are gone."""
        found = await self._call("vectors_delete", ids=list(ids))
        return int(found["deleted"])

    async def vectors_reset(self) -> None:
        """Throw all vectors away."""
        await self._call("vectors_reset")

    async def graph_reset(self) -> None:
        """Throw the graph away."""
        await self._call("graph_reset")

    async def graph_reconcile(self, ids: Sequence[str]) -> list[str]:
        """Bring tasks in step with the truth; those that, read back, are."""
        found = await self._call("graph_reconcile", ids=list(dict.fromkeys(ids)))
        current: list[str] = found["current"]
        return current

    async def graph_drain(self, tasks: int) -> DrainStep:
        """Apply the next changes of the log, of at most so many tasks, to the graph."""
        return DrainStep(**await self._call("graph_drain", tasks=tasks))

    async def graph_next(self, tasks: int) -> tuple[int, list[str]]:
        """Where the next changes of so many tasks end, and which tasks; nothing is written."""
        found = await self._call("graph_next", tasks=tasks)
        return found["end"], found["tasks"]

    async def graph_skip(self, position: int) -> None:
        """Have the graph go on behind ``position``."""
        await self._call("graph_skip", position=position)

    async def graph_rebuild(self, on_step: Callable[[int, int], None] = lambda *_: None) -> int:
        """Load the whole graph anew; the number of nodes read back.

        It goes in steps, so that what others ask comes in between; ``on_step`` is told how many
        rows are done, and of how many.
        """
        step = await self._call("graph_rebuild_begin")
        while not step["over"]:
            on_step(step["done"], step["total"])
            step = await self._call("graph_rebuild_step")
        return int(step["nodes"])

    async def vectors_follow(self, ids: Sequence[str]) -> list[str]:
        """Forget the vectors of deleted tasks, and bring what is noted beside others in step.

        Nothing is embedded. Those of ``ids`` that, read back, are in step.
        """
        current: list[str] = await self._call("vectors_follow", ids=list(dict.fromkeys(ids)))
        return current

    async def parity(self, model: str) -> tuple[StoreParity, ParityRepair]:
        """Both projections compared with the truth, and what has to be done about it."""
        found = await self._call("parity", model=model)
        parity = StoreParity(
            _parity(found["vectors"]),
            GraphParity(_parity(found["nodes"]), _parity(found["edges"])),
            self._clock.now(),
            found["vectors"]["searched"],
        )
        nodes, edges = found["nodes"], found["edges"]
        ends = [end for edge in edges["repair"] + edges["remove"] for end in edge[:2]]
        graph = tuple(dict.fromkeys([*nodes["repair"], *nodes["remove"], *ends]))
        vectors, log = found["vectors"], found["position"]
        return parity, ParityRepair(
            tuple(vectors["repair"]),
            tuple(vectors["remove"]),
            graph,
            tuple(vectors["annotations"]),
            damaged={
                store: part["error"]
                for store, part in (("chroma", vectors), ("kuzu", nodes))
                if part.get("damaged")
            },
            graph_behind="at" in log and log["at"] != log["head"],
        )

    async def sync_state(self, task_id: str, model: str) -> dict[str, tuple[str, str]]:
        """State and what is wrong, by ``vectors`` and ``graph``; a person waits for it."""
        found = await self._call("sync_state", urgent=True, task_id=task_id, model=model)
        return {store: (state, detail) for store, (state, detail) in found.items()}

    async def near_duplicates(self, threshold: float, limit: int, finished: bool) -> NearPairs:
        """Pairs of tasks with a cosine similarity from ``threshold`` on."""
        found = await self._call(
            "near_duplicates",
            threshold=threshold,
            limit=limit,
            finished=finished,
            seconds=max(self._seconds, NEAR_PAIRS_SECONDS),
        )
        pairs = tuple((a, b, similarity, more) for a, b, similarity, more in found["pairs"])
        return NearPairs(pairs, found["compared"], found["left_out"], found["exact"])

    async def audit(self, max_depth: int, seconds: float) -> CycleReport:
        """All dependency cycles, now; ``seconds`` are for explaining what is found."""
        found = await self._explain(None, max_depth, seconds)
        return self._report(found, found["edges_checked"])

    async def components(self, graph: PackedGraph) -> list[list[int]]:
        """Nodes that all wait for one another, by component."""
        found: list[list[int]] = await self._call("components", urgent=True, **graph._asdict())
        return found

    async def explain(
        self, ids: Sequence[str], max_depth: int, seconds: float, edges: int
    ) -> CycleReport:
        """The dependency cycles among ``ids``, as the truth has them now."""
        return self._report(await self._explain(list(ids), max_depth, seconds), edges)

    async def _explain(
        self, ids: list[str] | None, max_depth: int, seconds: float
    ) -> dict[str, Any]:
        """In steps, so that searches and writes come in between."""
        params = {"ids": ids, "max_depth": max_depth, "seconds": seconds}
        async with self._explaining:
            await self._child.call("explain_begin", params, seconds=self._seconds, urgent=True)
            while "result" not in (told := await self._call("explain_step", urgent=True)):
                pass
        result: dict[str, Any] = told["result"]
        return result

    def _report(self, found: dict[str, Any], edges: int) -> CycleReport:
        parts = tuple(_component(component) for component in found["components"])
        return CycleReport(parts, self._clock.now(), edges, found["bounded"])

    async def bottlenecks(self, limit: int) -> Bottlenecks:
        """Unfinished tasks by how many wait for them."""
        found = await self._call("bottlenecks", limit=limit, urgent=True)
        rows = zip(found["tasks"], found["waiting"], found["in_cycle"], strict=True)
        tasks = tuple(Bottleneck(TaskBrief(*task), n, cyclic) for task, n, cyclic in rows)
        total = found["total"]
        return Bottlenecks(tasks, total, total > len(tasks), found["position"])

    async def critical_path(self, project: str | None, limit: int) -> CriticalPath:
        """The longest chain of unfinished tasks."""
        found = await self._call("critical_path", project=project, limit=limit, urgent=True)
        tasks = tuple(TaskBrief(*task) for task in found["tasks"])
        length = found["length"]
        return CriticalPath(
            tasks, length, length > len(tasks), found["left_out"], project, found["position"]
        )

    async def sizes(self) -> dict[str, int]:
        """Bytes on disk: ``chroma``, ``kuzu``."""
        found: dict[str, int] = await self._call("sizes")
        return found

    async def upkeep(
        self, work: str, on_step: Callable[[str], None] = lambda _: None, **params: Any
    ) -> dict[str, Any]:
        """Do a long work (``chroma.rebuild``, ``kuzu.measure``, ...) and return what it reports.

        It goes in small steps, so that what others ask comes in between; the time limit is each
        step's. ``on_step`` is told how far it is. A second work waits for the first.
        """
        async with self._upkeep:
            await self._call("upkeep_begin", work=work, params=params)
            while "result" not in (told := await self._call("upkeep_step")):
                on_step(told["doing"])
        result: dict[str, Any] = told["result"]
        return result


def _nearest(told: dict[str, Any]) -> Nearest:
    found = told["found"]
    pairs = None if found is None else tuple((task_id, score) for task_id, score in found)
    return Nearest(told["model"], told["settings"], pairs, told["count"])


def _parity(found: dict[str, Any]) -> Parity:
    names = ("expected", "current", "missing", "stale", "orphaned", "error")
    numbers = {name: found[name] for name in names}
    return Parity(**numbers, examples=tuple(found["examples"]))


def _component(found: dict[str, Any]) -> CycleComponent:
    cuts = tuple(Cut(*cut) for cut in found["cuts"])
    return CycleComponent(
        tasks=tuple(found["tasks"]),
        cycle=tuple(found["cycle"]),
        suggested_cut=cuts[0],
        edges=tuple((a, b, kind) for a, b, kind in found["edges"]),
        cuts=cuts,
        cycles=found["cycles"],
        cycles_complete=found["cycles_complete"],
        bounded=found["bounded"],
    )
