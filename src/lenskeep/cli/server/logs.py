"""How the server's log looks: one event, one line; colored for a person, JSON for a machine."""

import io
import json
import logging
import sys
from contextlib import suppress
from typing import Final, TextIO, cast

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
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Unfailing(sys.stderr))),
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


LOST: Final = "log_lines_lost"


class Unfailing(io.TextIOBase):
    """A stream that takes every line, also where the disk behind it is full or its pipe closed.

    A message of a headset must not fail because nobody could write down that it came. How many
    lines were lost is told with the next one that can be written.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lost = 0

    def write(self, text: str) -> int:
        """Write the text, or count it as lost."""
        try:
            if self._lost:
                words = {"event": LOST, "level": "error", "lines": self._lost}
                self._stream.write(f"{json.dumps(words)}\n")
                self._lost = 0
            self._stream.write(text)
        except (OSError, ValueError):  # ValueError: it is closed
            self._lost += text.count("\n")
        return len(text)

    def flush(self) -> None:
        """Pass on what is held, where it can be."""
        with suppress(OSError, ValueError):
            self._stream.flush()
