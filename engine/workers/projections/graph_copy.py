"""A graph that is loaded afresh from the truth, in a process of its own.

It does not hold up the process that serves the graph, and needs nothing of it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StoreUnavailableError
from engine.workers.projections import files

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK_SECONDS = 0.02
"""How long the serving process waits in a step."""
SECONDS = 3600.0
NAME = "graph.kuzu.fresh"
"""The file, there only when it is complete; Kuzu's and the loader's endings may stand beside it."""


def remove(data_dir: Path) -> None:
    """Forget a copy, whole or half."""
    for path in data_dir.glob(f"{NAME}*"):
        files.remove("kuzu", path)


def fill(data_dir: Path) -> Iterator[str]:
    """Load the truth into a new file beside the graph, in steps. Raises StoreUnavailableError."""
    command = [sys.executable, "-P", "-m", __spec__.name, str(data_dir)]
    started = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - this module itself, without a shell
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            while not _ended(process):
                if time.monotonic() - started > SECONDS:
                    reason = f"loading it anew took longer than {SECONDS:.0f} s; left as it is"
                    raise StoreUnavailableError("kuzu", reason)
                yield "loading the graph anew"
            _, errors = process.communicate()
        finally:
            process.kill()
    if process.returncode:
        last = (errors.decode(errors="replace").strip().splitlines() or ["it died"])[-1]
        raise StoreUnavailableError("kuzu", f"it can't be loaded anew: {last[:300]}")


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def main() -> int:
    """Load; an error, if any, is the last line on standard error."""
    from engine.workers.projections.graph import Graph  # noqa: PLC0415 - only in this process
    from engine.workers.projections.load import load  # noqa: PLC0415 - as above
    from engine.workers.projections.truth import Truth  # noqa: PLC0415 - as above

    data_dir = Path(sys.argv[1])
    graph = Graph(data_dir, NAME)
    try:
        with Truth(data_dir).snapshot() as truth:
            deque(load(graph, truth), maxlen=0)
        graph.close()
    except (RuntimeError, StoreUnavailableError) as error:
        sys.stderr.write(files.one_line(error) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
