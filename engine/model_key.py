"""The name of what computed a vector. Vectors of different names can't be compared."""

from __future__ import annotations

import re

DIGITS = 12
VERSION = re.compile(rf"@[0-9a-f]{{{DIGITS}}}(?=#|$)")


def model_key(model: str, weights: str = "", *, int8: bool = False) -> str:
    """``name@weights#int8``; ``weights`` is their SHA-256 in hexadecimal, "" while not known."""
    version = f"@{weights[:DIGITS]}" if weights else ""
    return f"{model}{version}{'#int8' if int8 else ''}"


def same_model(one: str, other: str) -> bool:
    """Whether both name the same model; a name without a version fits all of them."""
    if one == other:
        return True
    bare_one, bare_other = VERSION.sub("", one), VERSION.sub("", other)
    return bare_one == bare_other and (one == bare_one or other == bare_other)
