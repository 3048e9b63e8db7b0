"""How the server's log looks: one event, one line; colored for a person, JSON for a machine."""

import logging
import sys

import structlog
from structlog.typing import Processor


def configure_logs(*, debug: bool = False, json_lines: bool | None = None) -> None:
    """Set up structlog and route the libraries' logging through it. To standard error."""
    as_json = not sys.stderr.isatty() if json_lines is None else json_lines
    level = logging.DEBUG if debug else logging.INFO
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer()]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Bridge()], force=True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class _Bridge(logging.Handler):
    """Hands what libraries log over to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the record on as one event."""
        logger = structlog.get_logger()
        error = record.exc_info if record.exc_info and record.exc_info[0] else None
        words = record.getMessage()
        logger.log(record.levelno, "library", source=record.name, words=words, exc_info=error)
