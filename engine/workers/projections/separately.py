"""What is done to a store's file in a process of its own, because it could harm this one.

Kuzu ends its whole process with a segmentation fault on some damaged files.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from engine.errors import StoreDamagedError, StoreUnavailableError
from engine.workers.projections import files

SECONDS = 120.0
"""After so long the file is given up as unusable."""


def examine_graph(path: Path, remedy: str) -> None:
    """Open the Kuzu file and read all of it. Raises StoreUnavailableError if that fails."""
    _run("kuzu", "examine", path, remedy)


def _run(store: str, action: str, path: Path, remedy: str) -> None:
    command = [sys.executable, "-P", "-m", __spec__.name, action, str(path)]
    try:
        done = subprocess.run(  # noqa: S603 - this module itself, without a shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        reason = f"{path}: {action} took longer than {SECONDS:.0f} s; {remedy}"
        raise StoreUnavailableError(store, reason) from error
    if done.returncode < 0:
        raise StoreDamagedError(store, f"{path} is damaged (reading it crashes); {remedy}")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it can't be read"])[-1]
        raise files.trouble(store, path, RuntimeError(last), remedy)


def _examine(path: Path) -> None:
    import kuzu  # noqa: PLC0415 - only when it is needed

    from engine.workers.projections.graph import BUFFER_BYTES, CHECKS, SCHEMA  # noqa: PLC0415 - as above

    with (
        kuzu.Database(str(path), buffer_pool_size=BUFFER_BYTES) as database,
        kuzu.Connection(database, num_threads=2) as connection,
    ):
        everything = "MATCH (t:Task) RETURN t.*", "MATCH ()-[l:Link]->() RETURN l.*"
        for query in (*SCHEMA, *CHECKS, *everything):
            result = connection.execute(query)
            while result.has_next():
                result.get_next()
            result.close()


def main() -> int:
    """Run one action; its error, if any, is the last line on standard error."""
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=("examine",))
    parser.add_argument("path", type=Path)
    try:
        _examine(parser.parse_args().path)
    except RuntimeError as error:
        sys.stderr.write(files.one_line(error) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
