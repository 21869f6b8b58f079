"""Plain `SentenceTransformer.encode`, at the batch size that is best here, in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Contestant, say
from benchmarks.texts import texts
from engine.tasks import embedding_text
from engine.workers.embedder.weights import DEFAULT_MODEL, find_model

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Sizes

NAME = "SentenceTransformer.encode"
BATCH_SIZES = (4, 8, 16, 32, 64)
SAMPLE_SHARE = 10
"""One text of so many is encoded with each batch size to find the best."""


def measure(_: Path, sizes: Sizes) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.encode_peer", str(sizes.texts)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this module itself
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    say(f"best batch size {found['batch_size']}: {found['rates']}")
    return {"embed": found["rate"]}


def _rate(model: Any, given: list[str], batch_size: int) -> float:
    started = time.perf_counter()
    model.encode(given, batch_size=batch_size, normalize_embeddings=True, show_progress_bar=False)
    return len(given) / (time.perf_counter() - started)


def main(count: int) -> None:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - only in its own process

    model = SentenceTransformer(str(find_model(DEFAULT_MODEL)), device="cpu")
    given = [embedding_text(title, description) for title, description in texts(count)]
    sample = given[::SAMPLE_SHARE]
    _rate(model, sample[:20], 8)  # the first run is slower
    rates = {size: _rate(model, sample, size) for size in BATCH_SIZES}
    best = max(rates, key=lambda size: rates[size])
    found = {"batch_size": best, "rates": rates, "rate": _rate(model, given, best)}
    sys.stdout.write(json.dumps(found) + "\n")


def contestant() -> Contestant:
    how = f"best of the batch sizes {BATCH_SIZES}; the model is loaded before"
    return Contestant(NAME, "FULL", how, measure)


if __name__ == "__main__":
    main(int(sys.argv[1]))
