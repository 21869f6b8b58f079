"""Which failures are the same: the message without what differs, and where it was raised."""

from __future__ import annotations

import re
from hashlib import blake2b

LONGEST = 300
"""Characters of a message that count."""
VARIES = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<uuid>"),
    (re.compile(r"https?://\S+"), "<url>"),
    (re.compile(r"(?<![\w.])(?:~|\.{1,2})?(?:/[\w.@+-]+){2,}/?"), "<path>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[a-f])[0-9a-f]{7,}\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\b[a-z][a-z0-9]{0,15}-(?=\w*\d)[a-z0-9]+(?:\.\d+)*\b", re.IGNORECASE), "<id>"),
    (re.compile(r"[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?", re.IGNORECASE), "<n>"),
)
"""In this order: what comes later would break up what comes first."""
FRAME = re.compile(r'^ *File "([^"]+)", line \d+, in (\S+)', re.MULTILINE)


def pattern(message: str) -> str:
    """``message`` with ids, paths, hexadecimals and numbers replaced, in one line, cut."""
    text = " ".join(message[: LONGEST * 2].split())
    for what, stand_in in VARIES:
        text = what.sub(stand_in, text)
    return text[:LONGEST]


def top_frame(traceback: str) -> str:
    """The file and function where it was raised; empty without a traceback."""
    found = FRAME.findall(traceback)
    if not found:
        return ""
    file, function = found[-1]
    return f"{file.rsplit('/', 1)[-1]}:{function}"


def fingerprint(service: str, message: str, traceback: str = "") -> str:
    """The same 16 characters for the same failure of a service."""
    text = "\0".join((service, pattern(message), top_frame(traceback)))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
