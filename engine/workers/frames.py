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
    """One frame. Raises ValueError over :data:`MAX_FRAME`."""
    body = ormsgpack.packb(message)
    if len(body) > MAX_FRAME:
        raise ValueError(f"a message of {len(body):,} bytes; at most {MAX_FRAME:,} are allowed")
    return HEADER.pack(len(body)) + body


def _length(header: bytes) -> int:
    (length,) = HEADER.unpack(header)
    if length > MAX_FRAME:
        raise ValueError(f"a frame announces {length:,} bytes; at most {MAX_FRAME:,} are allowed")
    return int(length)


def read(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message of a blocking stream; None at its end."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    body = stream.read(_length(header))
    message: dict[str, Any] = ormsgpack.unpackb(body)
    return message


async def receive(stream: asyncio.StreamReader) -> dict[str, Any]:
    """The next message. Raises asyncio.IncompleteReadError at the end of the stream."""
    length = _length(await stream.readexactly(HEADER.size))
    message: dict[str, Any] = ormsgpack.unpackb(await stream.readexactly(length))
    return message
