"""The names of the formats, for those who only need to name them."""

from __future__ import annotations

FORMATS = ("vespera", "beads", "taskmaster", "taskwarrior", "backlog")
READABLE = ("auto", *FORMATS)
"""What an import can be told; ``auto`` goes by the content."""
