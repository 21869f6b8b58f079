"""Frames between the engine and a child: a length of four bytes, then MessagePack."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, BinaryIO

import ormsgpack

if TYPE_CHECKING:
    import asyncio

HEADER = struct.Struct(">I")
MAX_FRAME = 256 * 1024 * 1024
"""Bytes; a longer frame means that the stream is out of step."""


def pack(message: dict[str, Any]) -> bytes:
    """One frame.

    Raises ValueError over :data:`MAX_FRAME`, TypeError for what MessagePack can't carry.
    """
    body = ormsgpack.packb(message)
    if len(body) > MAX_FRAME:
        raise ValueError(f"a message of {len(body):,} bytes; at most {MAX_FRAME:,} are allowed")
    return HEADER.pack(len(body)) + body


def _length(header: bytes) -> int:
    (length,) = HEADER.unpack(header)
    if length > MAX_FRAME:
        raise ValueError(f"a frame announces {length:,} bytes; at most {MAX_FRAME:,} are allowed")
    return int(length)


def _message(body: bytes) -> dict[str, Any]:
    message = ormsgpack.unpackb(body)
    if not isinstance(message, dict):
        raise ValueError(f"a frame holds {type(message).__name__}; only a map is allowed")  # noqa: TRY004 - a broken stream, not a wrong argument
    return message


def read(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message of a blocking stream; None at its end, also in the middle of a frame.

    Raises ValueError when what comes is not a frame.
    """
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    length = _length(header)
    body = stream.read(length)
    return None if len(body) < length else _message(body)


async def receive(stream: asyncio.StreamReader) -> dict[str, Any]:
    """The next message.

    Raises asyncio.IncompleteReadError at the end of the stream, ValueError when what comes is not
    a frame.
    """
    length = _length(await stream.readexactly(HEADER.size))
    return _message(await stream.readexactly(length))
