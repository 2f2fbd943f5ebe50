"""Logs: one line a record on standard error, ours and the server's alike, each with the id of the request that it is about.

Whoever logs uses the standard library's `logging`, with data in `extra`. Bodies, keys and addresses of people are never logged.
"""

import asyncio
import logging
import sys
from contextvars import ContextVar

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from api.http.settings import LogFormat
from api.tracing import trace_ids
from domain.clock import system_clock
from domain.instants import format_instant

request_id: ContextVar[str] = ContextVar("request_id")
"""The request that is being answered."""

NAME = "lifecycle"
log = logging.getLogger(NAME)


def configure(form: LogFormat) -> None:
    """Send all records of this process to standard error, in one form."""
    known: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _add_request,
        _add_time,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=known, processors=_rendering(form)))
    handler.addFilter(_RequestsCutOff())
    handler.addFilter(_ours_or_grave)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        server = logging.getLogger(name)
        server.handlers, server.propagate = [], True
        server.setLevel(logging.WARNING)


def _rendering(form: LogFormat) -> list[Processor]:
    bare = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    match form:
        case LogFormat.JSON:
            return [bare, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        case LogFormat.CONSOLE:
            plain = structlog.dev.plain_traceback  # The rich one would print the values of variables.
            return [bare, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _add_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    found = request_id.get(None)
    if found is not None:
        event["request_id"] = found
    traced = trace_ids()
    if traced is not None:
        event["trace_id"], event["span_id"] = traced
    return event


def _add_time(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event["time"] = format_instant(system_clock())
    return event


def _ours_or_grave(record: logging.LogRecord) -> bool:
    """Leave out what libraries only mention: one of them names the whole address that a notice is sent to, and that can be a secret."""
    return record.name == NAME or record.levelno >= logging.WARNING


class _RequestsCutOff(logging.Filter):
    """Leaves out the traceback of each request that a stop has cut off: the server says once how many there were."""

    cut = False

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "uvicorn.error" and str(record.msg).startswith("Cancel "):
            self.cut = True
        error = record.exc_info[1] if record.exc_info else None
        return error is None or not (self.cut or isinstance(error, asyncio.CancelledError))
