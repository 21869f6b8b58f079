"""Export of a model to ONNX, once a machine; in a process of its own, so that torch goes again.

The graph is the transformer, mean pooling over the attention mask and L2 normalisation; both axes
of its input are dynamic.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path

from engine.errors import ModelUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

EXPORT_SECONDS = 600


def exported(folder: Path, digest: str, *, int8: bool, cache: Path | None = None) -> Path:
    """The exported file, from the cache if it is there and whole, else made now.

    ``digest`` is that of the weights in ``folder``. Raises ModelUnavailableError when the export
    fails.
    """
    home = (cache or user_cache_path("vespera") / "onnx") / digest[:16]
    home.mkdir(parents=True, exist_ok=True)
    target = home / ("model-int8.onnx" if int8 else "model.onnx")
    with (home / "export.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several engines may start at once
        if not _whole(target):
            _export(folder, target, int8=int8)
    return target


def _whole(target: Path) -> bool:
    mark = target.with_suffix(".sha256")
    return target.is_file() and mark.is_file() and mark.read_text() == _digest(target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _export(folder: Path, target: Path, *, int8: bool) -> None:
    fresh = target.with_suffix(".new")
    command = [sys.executable, "-P", "-W", "ignore", "-m", __name__]
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        [*command, str(folder), str(fresh), "int8" if int8 else "fp32"],
        capture_output=True,
        text=True,
        timeout=EXPORT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelUnavailableError("model", f"the export to ONNX failed: {last}")
    digest = _digest(fresh)
    fresh.replace(target)
    target.with_suffix(".sha256").write_text(digest)


def _pooled(model: Any) -> Any:
    import torch  # noqa: PLC0415 - only this short-lived process pays for it

    class Pooled(torch.nn.Module):  # type: ignore[misc]  # torch is not followed
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(states.dtype)
            mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2, dim=1)

    return Pooled().eval()


def main(folder: str, target: str, precision: str) -> None:
    """Write the graph of the model in ``folder`` to ``target``."""
    import torch  # noqa: PLC0415 - as above
    from transformers import AutoModel  # noqa: PLC0415 - as above

    model = _pooled(AutoModel.from_pretrained(folder, attn_implementation="eager").eval())
    ids = torch.randint(5, 1000, (2, 9))
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens", max=512)}
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        target,
        input_names=["ids", "mask"],
        output_names=["vectors"],
        dynamic_shapes={"ids": axes, "mask": axes},
        dynamo=True,
        external_data=False,
    )
    if precision == "int8":
        from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 - as above

        # a scale a channel: one a tensor costs 0.06 of cosine similarity on real texts
        quantize_dynamic(target, f"{target}.q", per_channel=True, weight_type=QuantType.QInt8)
        os.replace(f"{target}.q", target)  # noqa: PTH105 - both are given as text


if __name__ == "__main__":
    main(*sys.argv[1:4])
