"""A copy of all of Chroma's collections in a folder beside it, up to date to the last write."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from engine.errors import StoreUnavailableError
from engine.workers import frames
from engine.workers.projections import files, vector_loader
from engine.workers.projections.steps import Pace
from engine.workers.projections.vector_swap import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from engine.workers.projections.steps import Stepper

ALL = ["embeddings", "metadatas"]
LOOK_SECONDS = 0.02
"""How long the serving process waits in a step."""
FOLLOWED = 100
"""Vectors that were written meanwhile and are read in one step."""


class VectorCopy:
    """Fills ``chroma.new`` through a process of its own; see :mod:`vector_loader`."""

    def __init__(self, client: Any, folder: Path, stepper: Stepper) -> None:
        self._client, self._folder, self._stepper = client, folder, stepper
        self._before = files.identity(folder / vector_loader.MARKER)
        self._metadata = _metadata(client)
        self._queue: deque[dict[str, Any]] = deque()
        self._busy = False
        self._loader: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        """Start the process."""
        target = str(beside(self._folder, "new"))
        self._loader = subprocess.Popen(  # noqa: S603 - a module of ours, without a shell
            [sys.executable, "-P", "-m", vector_loader.__name__, target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        with self._loader:
            self._loader.kill()

    def fill(self) -> Iterator[str]:
        """Copy everything, in steps. Raises StoreUnavailableError when the process fails."""
        for collection in self._client.list_collections():
            self._queue.append(
                {
                    "collection": collection.name,
                    "metadata": collection.metadata,
                    "hnsw": collection.configuration["hnsw"],
                }
            )
            total = int(collection.count())
            handle = partial(self._put, collection.name)
            for done in each_page(collection, ALL, handle, self._stepper):
                yield from self._handed_over(f"copying vectors, {done:,} of {total:,}")
        yield from self._followed()

    def finish(self) -> Iterator[str]:
        """Wait until the copy is closed and on the disk. Raises StoreUnavailableError."""
        assert self._loader.stdin is not None  # noqa: S101 - opened as a pipe
        self._loader.stdin.close()
        while self._loader.poll() is None:
            yield "having the disk keep the copy"
            with suppress(subprocess.TimeoutExpired):
                self._loader.wait(LOOK_SECONDS)
        if self._loader.returncode:
            raise _failed(f"the process that fills it ended with {self._loader.returncode}")

    def last_changes(self) -> list[dict[str, Any]]:
        """What was written while it was being finished, for the loader's ``store``.

        Raises StoreUnavailableError when the copy is not one of what is there now.
        """
        assert self._loader.stdout is not None  # noqa: S101 - opened as a pipe
        written = self._stepper.written()
        copied, there = json.loads(self._loader.stdout.read()), counts(self._client)
        far = [name for name, n in there.items() if abs(n - copied.get(name, -1)) > len(written)]
        if far or copied.keys() != there.keys():
            raise _failed("the copy does not hold what it should")
        if files.identity(self._folder / vector_loader.MARKER) != self._before:
            raise _failed("the vectors were replaced meanwhile")
        if _metadata(self._client) != self._metadata:
            raise _failed("the collections were changed meanwhile")
        return [change for part in _parts(written) for change in _changes(self._client, part)]

    def _followed(self) -> Iterator[str]:
        """Copy what others have written since, until there is nothing left."""
        while written := self._stepper.written():
            for part in _parts(written):
                self._queue.extend(_changes(self._client, part))
                yield from self._handed_over("copying what was written meanwhile")

    def _put(self, name: str, page: dict[str, Any]) -> None:
        self._queue.append(_rows(name, page, gone=[]))

    def _handed_over(self, doing: str) -> Iterator[str]:
        """One step at least; more while the process is busy."""
        yield doing
        while self._queue or self._busy:
            if self._busy and not self._answered():
                yield doing
                continue
            if self._queue:
                self._send(self._queue.popleft())

    def _send(self, message: dict[str, Any]) -> None:
        assert self._loader.stdin is not None  # noqa: S101 - opened as a pipe
        rest = memoryview(frames.pack(message))
        try:
            while rest:  # it waits for this frame, so that it reads as fast as it can be written
                rest = rest[self._loader.stdin.write(rest) :]
        except BrokenPipeError as error:
            raise _failed("the process that fills it died") from error
        self._busy = True

    def _answered(self) -> bool:
        assert self._loader.stdout is not None  # noqa: S101 - opened as a pipe
        if not select.select([self._loader.stdout], [], [], LOOK_SECONDS)[0]:
            return False
        if self._loader.stdout.read(1) != vector_loader.DONE:
            raise _failed("the process that fills it died")
        self._busy = False
        return True


def _parts(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), FOLLOWED):
        yield ids[start : start + FOLLOWED]


def _changes(client: Any, ids: list[str]) -> Iterator[dict[str, Any]]:
    """What the loader has to do so that ``ids`` are in each copy what they are in the original."""
    for collection in client.list_collections():
        page = collection.get(ids=ids, include=ALL)
        yield _rows(collection.name, page, gone=sorted(set(ids).difference(page["ids"])))


def _rows(name: str, page: dict[str, Any], gone: list[str]) -> dict[str, Any]:
    import numpy as np  # noqa: PLC0415 - chromadb has it loaded

    rows = np.asarray(page["embeddings"], dtype="<f4").tobytes()
    some = {"ids": page["ids"], "embeddings": rows, "metadatas": page["metadatas"]}
    return {"into": name, **some, "gone": gone}


def each_page(
    collection: Any,
    include: list[str],
    handle: Callable[[dict[str, Any]], None],
    stepper: Stepper | None = None,
) -> Iterator[int]:
    """Hand over every row at least once, a page a step; how many were read.

    A row that is deleted meanwhile moves those behind it forward, so that with a ``stepper`` as
    many are read again as were written.
    """
    offset, written, pace = 0, 0, Pace()
    while True:
        page = collection.get(limit=pace.begin(), offset=offset, include=include)
        if not page["ids"]:
            return
        handle(page)
        pace.end()
        offset += len(page["ids"])
        yield offset
        now = stepper.waiting if stepper else 0
        offset, written = max(offset - (now - written), 0), now


def counts(client: Any) -> dict[str, int]:
    """Number of vectors by collection."""
    return {collection.name: int(collection.count()) for collection in client.list_collections()}


def _metadata(client: Any) -> dict[str, Any]:
    return {collection.name: collection.metadata for collection in client.list_collections()}


def _failed(why: str) -> StoreUnavailableError:
    return StoreUnavailableError("chroma", f"it can't be copied ({why}); it is left as it was")
