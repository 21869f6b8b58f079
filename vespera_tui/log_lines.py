"""How a log line looks: JSON in files and pipes, and for people on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from vespera_tui.commands.text import visible

if TYPE_CHECKING:
    import logging

    from structlog.typing import EventDict, Processor, WrappedLogger


def configure_events() -> None:
    """Hand what is logged with structlog on to logging, whose handlers lay it out."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def formatter(*, for_people: bool) -> logging.Formatter:
    """What lays lines out: JSON, or ``for_people``."""
    renderers = _console() if for_people else _json()
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )


def _shared() -> list[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _json() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=True, default=str),
    ]


def _console() -> list[Processor]:
    return [make_safe, structlog.dev.ConsoleRenderer()]


def make_safe(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Texts in ``event`` with everything visible that would steer a terminal."""
    return {k: visible(v) if isinstance(v, str) else v for k, v in event.items()}
