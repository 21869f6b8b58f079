"""The vectors of one model are an edition, a collection of their own.

While those of another model are made, the complete edition is the one that is searched.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.model_key import same_model

if TYPE_CHECKING:
    from collections.abc import Sequence

LEGACY = "tasks"
"""What the only collection was called before there were editions."""
SPACE = {"hnsw": {"space": "cosine"}}


@dataclass(slots=True)
class Edition:
    """A collection, and what its metadata says of it."""

    collection: Any
    model: str
    """The key of what computed the vectors, see :func:`engine.model_key.model_key`."""
    settings: str = ""
    """What the engine needs to load that model again, as it gave it."""
    complete: bool = False
    """Whether it once had a vector for every task."""

    def change(self, *, model: str, complete: bool) -> None:
        """Write it down in one transaction of Chroma."""
        self.model, self.complete = model, complete
        self.collection.modify(metadata=_metadata(self))


def _metadata(edition: Edition) -> dict[str, Any]:
    return {
        "model": edition.model,
        "settings": edition.settings,
        "complete": edition.complete,
    }


def read(client: Any) -> list[Edition]:
    """All there are. A collection whose metadata names no model is not looked at."""
    found = []
    for collection in client.list_collections():
        known = collection.metadata or {}
        if "model" in known:
            own = client.get_collection(collection.name, embedding_function=None)
            found.append(Edition(own, known["model"], known["settings"], known["complete"]))
        elif collection.name == LEGACY:
            found.append(_adopt(client.get_collection(LEGACY, embedding_function=None)))
    return found


def _adopt(collection: Any) -> Edition:
    first = collection.get(limit=1, include=["metadatas"])["metadatas"]
    edition = Edition(collection, str((first[0] or {}).get("model", "")) if first else "")
    edition.change(model=edition.model, complete=True)
    return edition


def create(client: Any, model: str, settings: str) -> Edition:
    """A new and empty one."""
    name = f"vectors-{hashlib.sha256(model.encode()).hexdigest()[:16]}"
    edition = Edition(None, model, settings)
    edition.collection = client.get_or_create_collection(
        name, embedding_function=None, configuration=SPACE, metadata=_metadata(edition)
    )
    return edition


def of_model(editions: Sequence[Edition], model: str) -> Edition | None:
    """The one of ``model``; without a version the one that is being made, if there are several."""
    fitting = [edition for edition in editions if same_model(edition.model, model)]
    return min(fitting, key=lambda e: (e.model != model, e.complete), default=None)


def searched(editions: Sequence[Edition], model: str = "") -> Edition | None:
    """That of ``model`` if it is complete, else a complete one, else the largest."""

    def rank(edition: Edition) -> tuple[bool, bool, int]:
        wanted = same_model(edition.model, model)
        return edition.complete and wanted, edition.complete, edition.collection.count()

    return max(editions, key=rank, default=None)
