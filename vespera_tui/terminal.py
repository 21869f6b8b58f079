"""What the terminal says of itself in the environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN = re.compile(r"dumb|linux|cons|vt\d")
"""How the names of terminals begin whose fonts have no braille, and few signs or none. The many
that call themselves vte show everything."""


def ascii_alone(environ: Mapping[str, str]) -> bool:
    """Whether it shows ASCII and little else: by its name, or because the locale is not UTF-8.

    Without any locale set nothing is known, and most terminals can.
    """
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    coded = locale.lower().replace("-", "")
    return bool(PLAIN.match(environ.get("TERM", ""))) or bool(coded and "utf8" not in coded)


def stands_still(environ: Mapping[str, str]) -> bool:
    """Whether nothing is to be animated; TEXTUAL_ANIMATIONS, which Textual reads, goes first."""
    return "TEXTUAL_ANIMATIONS" not in environ and bool(PLAIN.match(environ.get("TERM", "")))
