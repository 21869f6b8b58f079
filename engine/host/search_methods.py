"""How the engine in this process finds tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import DependencyDownError, InvalidInputError, WorkerError
from engine.search_views import DuplicatePair, DuplicateReport, SearchHit, SearchResult
from engine.stores.search import Criteria, Found, Hit, among, by_words, merge
from engine.tasks import embedding_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.background_services import BackgroundServiceManager
    from engine.stores.projections import Nearest
    from engine.tasks import Task

MOST_PAIRS = 10_000
LIST_DEPTH = 200
"""Tasks of each list that are made into one; many of them may have the same text."""


class SearchMethods:
    """The part of :class:`engine.api.EngineAPI` about finding tasks."""

    manager: BackgroundServiceManager

    async def search(
        self,
        text: str,
        *,
        limit: int = 10,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
        by_meaning: bool = True,
    ) -> SearchResult:
        """Tasks near in meaning or with the words; by words alone, and saying why, if need be."""
        criteria = Criteria.checked(status, project, assignee, tag)
        if not text.strip():
            return SearchResult(mode="words", note="there is nothing to search for")
        deep = max(limit, LIST_DEPTH)
        words = await by_words(self.manager.context.database, text, criteria, deep)
        if not by_meaning:
            return await self._result([words], {}, limit, "words")
        try:
            nearest = await self._near(text, criteria, deep)
        except (DependencyDownError, WorkerError) as error:
            return await self._result([words], {}, limit, "words", str(error))
        if not nearest.total:
            return await self._result([words], {}, limit, "words", "no task is embedded yet")
        near = dict(nearest.found or ())
        still = await among(self.manager.context.database, list(near), criteria)
        return await self._result([still, words], near, limit)

    async def similar(self, task_id: str, *, limit: int = 10) -> SearchResult:
        """Tasks near in meaning to a task; by its vector, so that no model is needed."""
        task = await self.manager.context.tasks.get(task_id)
        nearest = await self.manager.context.projections.vectors_like(
            task_id, task.content_hash, max(limit, LIST_DEPTH)
        )
        if nearest.found is None:  # it has none yet of the text that it has now
            text = embedding_text(task.title, task.description)
            nearest = await self._near(text, Criteria(), max(limit, LIST_DEPTH))
        near = dict(nearest.found or ())
        near.pop(task_id, None)
        still = await among(self.manager.context.database, list(near), Criteria())
        return await self._result([still], near, limit, "meaning")

    async def near_duplicates(
        self, *, threshold: float = 0.9, limit: int = 100, finished: bool = False
    ) -> DuplicateReport:
        """Pairs whose vectors' cosine is at least ``threshold``, the nearest first."""
        if not 0 < threshold <= 1:
            raise InvalidInputError(f"threshold: {threshold} is not above 0 and at most 1")
        if not 1 <= limit <= MOST_PAIRS:
            raise InvalidInputError(f"limit: {limit} is not from 1 to {MOST_PAIRS:,}")
        found = await self.manager.context.projections.near_duplicates(threshold, limit, finished)
        ids = {task_id for a, b, *_ in found.pairs for task_id in (a, b)}
        tasks = await self.manager.context.tasks.many(list(ids))
        pairs = (
            _pair(tasks[a], tasks[b], near, alike)
            for a, b, near, alike in found.pairs
            if a in tasks and b in tasks
        )
        return DuplicateReport(tuple(pairs), found.compared, found.left_out, found.exact)

    async def _near(self, text: str, criteria: Criteria, limit: int) -> Nearest:
        longest = self.manager.config.embedding.max_content_length
        return await self.manager.meaning.near(text[:longest], limit, criteria.given())

    async def _result(
        self,
        lists: Sequence[Sequence[Found]],
        near: Mapping[str, float],
        limit: int,
        mode: str = "meaning and words",
        note: str = "",
    ) -> SearchResult:
        best = merge(lists, limit)
        tasks = await self.manager.context.tasks.many([hit.task_id for hit in best])
        hits = (_shown(hit, tasks[hit.task_id], near) for hit in best if hit.task_id in tasks)
        return SearchResult(tuple(hits), mode, note)


def _pair(one: Task, other: Task, similarity: float, alike: int) -> DuplicatePair:
    first, second = sorted((one, other), key=lambda task: (task.created_at, task.id))
    return DuplicatePair(
        first.id,
        first.title,
        first.status,
        second.id,
        second.title,
        second.status,
        min(similarity, 1.0),
        alike,
    )


def _shown(hit: Hit, task: Task, near: Mapping[str, float]) -> SearchHit:
    known = [near[task_id] for task_id in (hit.task_id, *hit.others) if task_id in near]
    similarity = known[0] if known else None  # the same text has the same vector
    alike = len(hit.others)
    return SearchHit(task.id, task.title, hit.score, task.status, task.project, similarity, alike)
