"""Who owns the data directory, and how a front gets an engine."""

from engine.host.opening import open_engine

__all__ = ["open_engine"]
