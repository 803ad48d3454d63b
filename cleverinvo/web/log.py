"""The log: one JSON object a line, of requests and of everything else. Never a key, never a body."""

import asyncio
import contextlib
import logging
import os
import sys
import traceback
from typing import Any, Final

import msgspec

from cleverinvo import clock

STDERR: Final = 2


def start(level: int = logging.INFO) -> None:
    """Send Python's own log where the requests' lines go."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)


class JsonLines(logging.Formatter):
    """A log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": clock.stamp(clock.now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info))
        return msgspec.json.encode(line).decode()


class RequestLog:
    """A line for each request, written together at the end of each turn of the event loop."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def write(self, **line: Any) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._flush)
        self._lines.append(msgspec.json.encode(line))

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        with contextlib.suppress(OSError):  # nobody reads the log; the invoices matter more
            os.write(STDERR, b"\n".join(lines) + b"\n")
