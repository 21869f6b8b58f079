"""The calls that may cross a socket: those of :class:`engine.api.EngineAPI`, by their signatures.

Everything is derived from the protocol, so that a method added there crosses by itself.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin

from engine.api import EngineAPI
from engine.codec import decoder, hints
from engine.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.codec import Decoder


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the interface."""

    name: str
    signature: inspect.Signature
    """Without ``self``."""
    arguments: Mapping[str, Decoder]
    result: Decoder
    """Of the result, or of each item of a stream."""
    streams: bool

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by name. Raises TypeError as a call of the method itself would."""
        return dict(self.signature.bind(*args, **kwargs).arguments)

    def decode(self, raw: object) -> dict[str, Any]:
        """Arguments that came by the socket. Raises InvalidInputError."""
        if not isinstance(raw, dict):
            raise InvalidInputError(f"{self.name}: {raw!r} are no arguments")
        try:
            decoded = {name: self.arguments[name](value) for name, value in raw.items()}
            return self.bind((), decoded)
        except (TypeError, ValueError, KeyError) as error:
            raise InvalidInputError(f"{self.name}: {error}") from error


@cache
def names() -> tuple[str, ...]:
    """All methods of the interface."""
    return tuple(
        name for name, value in vars(EngineAPI).items()
        if inspect.isfunction(value) and not name.startswith("_")
    )  # fmt: skip


@cache
def method(name: str) -> Method:
    """The method ``name``; InvalidInputError when the interface has none."""
    function = vars(EngineAPI).get(name)
    if name.startswith("_") or not inspect.isfunction(function):
        raise InvalidInputError(f"{name!r}: the engine has no such call")
    types = hints(function)
    result = types.pop("return")
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[1:]
    streams = get_origin(result) is AsyncIterator
    return Method(
        name,
        signature.replace(parameters=parameters),
        {parameter.name: decoder(types[parameter.name]) for parameter in parameters},
        decoder(get_args(result)[0] if streams else result),
        streams,
    )
