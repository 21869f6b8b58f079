"""Long work in small steps, so that a search never waits for the whole of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Work = Generator[str, None, dict[str, Any]]
    Method = Callable[..., Any]

STEP_SECONDS = 0.03
"""What a step should take; others may wait for about one."""
SMALLEST, LARGEST = 10, 500
"""Rows a step."""


class Pace:
    """How many rows the next step takes, fitted to how long the last one took."""

    def __init__(self, rows: int = 50) -> None:
        self.rows = rows
        self._started = 0.0

    def begin(self) -> int:
        """A step starts now; its rows."""
        self._started = time.perf_counter()
        return self.rows

    def end(self) -> None:
        """The step is over."""
        taken = max(time.perf_counter() - self._started, 1e-6)
        wanted = int(self.rows * min(max(STEP_SECONDS / taken, 0.5), 2.0))
        self.rows = min(max(wanted, SMALLEST), LARGEST)


def beside(work: Callable[[Callable[[], bool]], dict[str, Any]], doing: str) -> Work:
    """A work that can't be cut into steps: in a thread, while each step waits for it.

    It is given what says whether its result is still wanted.
    """
    wanted = True
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside") as pool:
        running = pool.submit(work, lambda: wanted)
        try:
            while not wait((running,), STEP_SECONDS).done:
                yield doing
        finally:
            wanted = False
        return running.result()


class Stepper:
    """At most one long work at a time: a generator that yields how far it is after each step."""

    def __init__(self) -> None:
        self._work: Work | None = None
        self._written: set[str] = set()

    def begin(self, work: Work) -> None:
        """Start a work; one that was left unfinished is ended first and cleans up."""
        if self._work is not None:
            self._work.close()
        self._written.clear()
        self._work = work

    def step(self) -> dict[str, Any]:
        """Do a step: ``doing`` says how far it is; ``result`` comes with the last."""
        if self._work is None:
            raise RuntimeError("no work is under way; it may have died with an earlier process")
        work, self._work = self._work, None
        try:
            told = {"doing": next(work)}
        except StopIteration as end:
            return {"result": end.value}
        self._work = work
        return told

    @property
    def waiting(self) -> int:
        """How many :meth:`written` would return."""
        return len(self._written)

    def written(self) -> list[str]:
        """Tasks that others have written since this was last asked; now they are the caller's."""
        found = sorted(self._written)
        self._written.clear()
        return found

    def noting(self, method: Method) -> Method:
        """``method``, noting the ids that it is given while a work is under way."""

        def noted(**params: Any) -> Any:
            if self._work is not None:  # before the call: it may write half and then fail
                self._written.update(params.get("ids") or ())
            return method(**params)

        return noted
