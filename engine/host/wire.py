"""Frames on the socket: a length of four bytes, then one MessagePack map.

A front greets first: ``{"hello": {protocol, version, pid, data_dir}}``; the owner answers
``{"hello": {...}}`` or ``{"refused": text}``. Then a front sends ``{"id", "call", "args", "key"}``
or ``{"cancel": id}``, and the owner answers ``{"id", "result"}`` or ``{"id", "error"}``; to a call
that streams ``{"id", "item"}`` again and again and ``{"id", "end"}``.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from engine.codec import pack, unpack
from engine.errors import InvalidInputError

if TYPE_CHECKING:
    import asyncio

HEADER = struct.Struct(">I")
MAX_FRAME = 256 * 1024 * 1024
"""Bytes of one frame, an import of some hundred thousand tasks."""
MAX_GREETING = 64 * 1024


def frame(message: dict[str, Any]) -> bytes:
    """``message`` as one frame. Raises InvalidInputError when it is too long or can't be sent."""
    try:
        body = pack(message)
    except TypeError as error:
        raise InvalidInputError(f"this can't be sent to the engine: {error}") from error
    if len(body) > MAX_FRAME:
        raise InvalidInputError(
            f"{len(body):,} bytes are too many to send at once ({MAX_FRAME:,}); split them"
        )
    return HEADER.pack(len(body)) + body


async def length(stream: asyncio.StreamReader, longest: int = MAX_FRAME) -> int:
    """The announced length of the next frame's body.

    Raises asyncio.IncompleteReadError at the end of the stream, ValueError for one too long.
    """
    (announced,) = HEADER.unpack(await stream.readexactly(HEADER.size))
    if announced > longest:
        raise ValueError(f"a frame announces {announced:,} bytes; at most {longest:,} are allowed")
    return int(announced)


async def body(stream: asyncio.StreamReader, size: int) -> dict[str, Any]:
    """The body of a frame. Raises asyncio.IncompleteReadError, ValueError when it is no map."""
    message = unpack(await stream.readexactly(size))
    if not isinstance(message, dict):
        raise ValueError(f"a frame holds a {type(message).__name__}; only a map is allowed")  # noqa: TRY004 - a broken stream, not a wrong argument
    return message


async def receive(stream: asyncio.StreamReader, longest: int = MAX_FRAME) -> dict[str, Any]:
    """The next message; see :func:`length` and :func:`body`."""
    return await body(stream, await length(stream, longest))
