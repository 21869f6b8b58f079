"""Where to listen for HTTP: on this machine, unless told otherwise."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from engine.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and how clients name it."""

    host: str
    port: int

    @property
    def shown(self) -> str:
        """As it stands in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        return _local(self.host)


def read_address(text: str, *, allow_remote: bool) -> Address:
    """``HOST:PORT`` or ``PORT`` (then 127.0.0.1).

    Raises ConfigurationError for anything else, and for an address that other machines reach
    unless ``allow_remote``.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65_535:  # noqa: PLR2004 - ports
        raise ConfigurationError(f"--http {text!r}: expected HOST:PORT or PORT, with 1 to 65535")
    if not _local(host) and not allow_remote:
        raise ConfigurationError(
            f"--http {text!r}: other machines could reach it; use 127.0.0.1, or add --allow-remote"
        )
    return Address(host, int(port))


def _local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise ConfigurationError(
            f"--http: {host!r} is no address of this machine; give a number such as 127.0.0.1"
        ) from error
