"""Fills a fresh folder for Chroma with what the process that holds the old one hands over.

In a process of its own, because building the index takes long and can't be interrupted. Each frame
on standard input is answered with a byte when it is stored:

- ``collection`` is made, with ``metadata`` and ``hnsw``;
- in ``into``, rows (``ids``, ``embeddings`` as float32 bytes, ``metadatas``) are stored and those
  of ``gone`` deleted.

At the end of standard input the folder is closed, and a JSON object is written: the number of
vectors by collection.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.workers import frames
from engine.workers.projections import files

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKER = "chroma.sqlite3"
DONE = b"."
LEAST_THRESHOLD = 2
"""The smallest that Chroma takes."""


def store(client: Any, message: Mapping[str, Any]) -> None:
    """Do what one frame says."""
    if "collection" in message:
        client.create_collection(
            message["collection"],
            metadata=message["metadata"],
            configuration={"hnsw": message["hnsw"]},
            embedding_function=None,
        )
        return
    collection = client.get_collection(message["into"], embedding_function=None)
    if message["ids"]:
        import numpy as np  # noqa: PLC0415 - chromadb has it loaded

        rows = np.frombuffer(message["embeddings"], dtype="<f4")
        collection.upsert(
            message["ids"],
            rows.reshape(len(message["ids"]), -1),
            metadatas=message["metadatas"],
        )
    if message["gone"]:
        there = collection.get(ids=message["gone"], include=[])["ids"]
        if there:
            collection.delete(ids=there)


def _save(folder: Path) -> None:
    """Have Chroma write its indexes to the disk, with the last vectors in them.

    It does so by itself after ``sync_threshold`` writes only, and whoever opens the folder before
    that has to build the rest of the index first, while others wait. A changed threshold counts
    from the next opening on.
    """
    with _opened(folder) as client:
        thresholds = {
            one.name: one.configuration["hnsw"]["sync_threshold"]
            for one in client.list_collections()
        }
        _set_thresholds(client, dict.fromkeys(thresholds, LEAST_THRESHOLD))
    with _opened(folder) as client:
        for collection in client.list_collections():
            some = collection.get(limit=LEAST_THRESHOLD, include=["embeddings", "metadatas"])
            if some["ids"]:  # written as they are
                collection.upsert(some["ids"], some["embeddings"], metadatas=some["metadatas"])
        _set_thresholds(client, thresholds)


def _set_thresholds(client: Any, thresholds: Mapping[str, int]) -> None:
    for name, threshold in thresholds.items():
        collection = client.get_collection(name, embedding_function=None)
        collection.modify(configuration={"hnsw": {"sync_threshold": threshold}})


def _opened(folder: Path) -> Any:
    import chromadb  # noqa: PLC0415 - only in this process
    from chromadb.config import Settings  # noqa: PLC0415 - as above

    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _compact(folder: Path) -> None:
    """Leave nothing in Chroma's SQLite file that it does not need."""
    with closing(sqlite3.connect(folder / MARKER, isolation_level=None)) as connection:
        connection.execute("VACUUM")


def main() -> int:
    """Store until standard input ends; then the folder is complete, closed and on the disk."""
    folder = Path(sys.argv[1])
    with _opened(folder) as client:
        while (message := frames.read(sys.stdin.buffer)) is not None:
            store(client, message)
            sys.stdout.buffer.write(DONE)
            sys.stdout.buffer.flush()
        counts = {one.name: one.count() for one in client.list_collections()}
    _save(folder)
    _compact(folder)
    files.sync_all(folder)
    sys.stdout.write(json.dumps(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
