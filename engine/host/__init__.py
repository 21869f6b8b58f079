"""Who owns the data directory, and how a front gets an engine."""

from engine.host.joining import join_engine
from engine.host.opening import open_engine

__all__ = ["join_engine", "open_engine"]
