"""Keeps one vector a task in Chroma, of the text the task has now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.model_key import same_model
from engine.operations import Cancelled, Completed, Failed, NewOperation, ServiceType
from engine.services.base import BackgroundService
from engine.tasks import embedding_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.operations import Operation, Outcome
    from engine.tasks import Task


class AutoEmbeddingService(BackgroundService):
    """embed_task: one task. batch_embed: everything that parity finds missing or stale."""

    name = ServiceType.AUTO_EMBEDDING
    kinds = frozenset({"embed_task", "batch_embed"})
    dependencies = frozenset({"model", "chroma"})
    _searched = ""
    """The model whose vectors are known to be complete."""

    @property
    def enabled(self) -> bool:
        """What the configuration says."""
        return self.context.config.embedding.enabled

    @property
    def batch_size(self) -> int:
        """Texts embedded in one call."""
        return self.context.config.embedding.batch_size

    @property
    def min_batch_size(self) -> int:
        """What the configuration says."""
        return self.context.config.embedding.min_batch_size

    def longest_seconds(self, kind: str) -> float:
        """A look at the vectors, the texts (the model loads first), the vectors again."""
        return 2 * super().longest_seconds(kind) + self.context.embedder.longest_seconds

    async def probe(self) -> None:
        """The model can be found and Chroma opens."""
        self.context.embedder.check()
        await self.context.projections.check("chroma")

    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Embed the batch; see :meth:`BackgroundService.run`."""
        if kind == "batch_embed":
            return [await self._find_work(operation) for operation in operations]
        tasks = await self.context.tasks.many([o.key for o in operations if o.key])
        forced = {o.key for o in operations if o.key and o.payload.get("force")}
        embedded = await self._embed(tasks, forced)
        return [self._outcome(operation, tasks, embedded) for operation in operations]

    async def _embed(self, tasks: dict[str, Task], forced: set[str]) -> dict[str, str]:
        """Ids whose vector, read back, belongs to the text they have, and what to know about it.

        ``forced`` are redone, all others only if their text or the model changed.
        """
        model = self.context.embedder.model_key
        there, _ = await asyncio.gather(  # both processes take a second to start
            self.context.projections.vectors_hashes(list(tasks), model),
            self.context.embedder.load(),
        )
        current = {i for i, found in there.items() if _fits(found, tasks[i], model)} - forced
        done = dict.fromkeys(current, "it had not changed")
        outdated = [task for i, task in tasks.items() if i not in current]
        if not outdated:
            return done
        limit = self.context.config.embedding.max_content_length
        texts = [embedding_text(task.title, task.description)[:limit] for task in outdated]
        made = await self.context.embedder.embed(texts)
        written = await self.context.projections.vectors_upsert(
            [task.id for task in outdated],
            [task.content_hash for task in outdated],
            made.model,
            made.vectors,
            self.context.embedder.recipe,
        )
        await self._promote(made.model)
        shortened = {outdated[index].id for index in made.cut}
        return done | {i: "only its beginning counts" if i in shortened else "" for i in written}

    async def _promote(self, model: str) -> None:
        """Have the vectors of ``model`` searched once every text has one."""
        if self._searched == model:
            return
        replaced = await self.context.projections.vectors_promote(model)
        if replaced is None:
            return
        self._searched = model
        for former in replaced:
            message = f"every task has a vector of {model} now; those of {former} are dropped"
            self.context.events.add("vectors.replaced", model, message=message)

    def _outcome(
        self, operation: Operation, tasks: dict[str, Task], embedded: dict[str, str]
    ) -> Outcome:
        if operation.key not in tasks:
            return Cancelled(f"the task {operation.key!r} is gone")
        if operation.key not in embedded:
            return Failed("Chroma did not return the vector that was written")
        note = embedded[operation.key]
        evidence = {"hash": tasks[operation.key].content_hash}
        return Completed({**evidence, "note": note} if note else evidence)

    async def _find_work(self, operation: Operation) -> Outcome:
        """Queue what parity finds missing or stale."""
        _, repair = await self.context.projections.parity(self.context.embedder.model_key)
        found = [
            NewOperation(self.name, "embed_task", task_id, origin=operation.origin)
            for task_id in repair.vectors
        ]
        await self.context.queue.enqueue(found)
        return Completed({"queued": len(found)})


def _fits(found: tuple[str, str], task: Task, model: str) -> bool:
    digest, made_by = found
    return digest == task.content_hash and same_model(made_by, model)
