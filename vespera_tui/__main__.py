"""``python -m vespera_tui`` is the same program as ``vespera-tui``."""

from __future__ import annotations

from vespera_tui.cli import main

if __name__ == "__main__":
    main()
