"""The one gate between text that a person or an agent wrote and the screen."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
_CONTROL_PICTURES = 0x2400
_LAST_C0 = 0x1F
_DELETE = 0x7F
_SPACES = frozenset(
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u202f\u205f\u3000"
)


def _shown(char: str) -> str:
    """A printable stand-in for one character that is not printable."""
    code = ord(char)
    if code <= _LAST_C0:
        return chr(_CONTROL_PICTURES + code)
    if code == _DELETE:
        return "␡"
    if char in _SPACES:
        return " "
    return f"<{code:02X}>" if code <= 0xFF else f"<U+{code:04X}>"  # noqa: PLR2004 - Latin-1 ends here


def visible(text: object, limit: int | None = None) -> str:
    """``text`` as one line that is safe to paint.

    Control characters (C0 as control pictures, the rest by number), bidi overrides, zero-width
    characters, line separators and lone surrogates become visible; with ``limit``, at most that
    many characters are returned, the last of them an ellipsis when something was cut. The result
    is plain text, never markup: give it to Content or Text, not to a parameter that is parsed.
    """
    line = text if isinstance(text, str) else str(text)
    if limit is not None:
        line = line[: limit + 1]  # so that a huge text costs no more than what is shown of it
    if not line.isprintable():
        line = "".join(char if char.isprintable() else _shown(char) for char in line)
    if limit is not None and len(line) > limit:
        line = line[: max(limit - 1, 0)] + ELLIPSIS if limit else ""
    return line


def fit(text: object, width: int) -> str:
    """``text`` made visible and cut or padded to exactly ``width`` terminal cells."""
    if width <= 0:
        return ""
    line = visible(text, width)
    if cell_len(line) > width:
        line = set_cell_size(line, width - 1).rstrip() + ELLIPSIS
    return set_cell_size(line, width)


def shorten(text: object, width: int) -> str:
    """``text`` made visible and cut, but not padded, to at most ``width`` terminal cells."""
    return fit(text, width).rstrip()
