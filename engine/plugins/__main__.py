"""A plugin's process: answers ``describe``, ``probe`` and ``run`` until the engine goes."""

from __future__ import annotations

import argparse
import faulthandler
from pathlib import Path

from engine.plugins.host import Host
from engine.workers.serve import serve

MEMORY_BYTES = 2 * 1024**3
"""Data that a plugin may hold."""


def limit() -> None:
    """Bound the process's memory and write no core files, where the system can."""
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return
    for kind, wanted in ((resource.RLIMIT_DATA, MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (wanted if hard < 0 else min(wanted, hard), hard))


def main() -> None:
    """Read which plugin it is, and serve it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--value", required=True)
    parser.add_argument("--data-dir", required=True, type=Path)
    given = parser.parse_args()
    limit()
    faulthandler.enable()  # a crash in C says where
    host = Host(given.name, given.value, given.data_dir)
    serve({"describe": host.describe, "probe": host.probe, "run": host.run})


if __name__ == "__main__":
    main()
