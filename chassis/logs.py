"""Structured logs: JSON in production, readable in a terminal; every line has the ids of its call.

What a line must never hold: names, addresses, ID numbers, free text, forms, messages, passwords, tokens.
Log ids, counts, reasons and times.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from chassis import calls


def configure(service: str, log_format: str) -> None:
    """Set up logging for this process. ``log_format`` is ``json`` or ``console``."""
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if log_format == "console"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[Any] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.add_log_level,
        _with_call,
        _named(service),
        _frames_without_values,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def get(name: str) -> Any:
    """A logger; call it as ``log.info("what happened", key=value)``."""
    return structlog.get_logger(module=name)


def _named(service: str) -> Any:
    def add(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return add


def _with_call(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    call = calls.current()
    if call is not None:
        event.setdefault("call", call.name)
        event.setdefault("request_id", call.request_id)
        event.setdefault("trace", call.traceparent.split("-")[1] if call.traceparent.count("-") >= 3 else "")
        if call.caller is not None:
            event.setdefault("caller", call.caller.subject)
    return event


def _frames_without_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write an exception as its type and the places it passed: its message may quote what a person typed."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        frames = []
        trace = error.__traceback__
        while trace is not None:
            frames.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 3)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        chain: list[str] = []
        cause: BaseException | None = error
        while cause is not None and len(chain) < 5:
            chain.append(type(cause).__name__)
            cause = cause.__cause__ or cause.__context__
        event["error"] = " < ".join(chain)
        event["frames"] = frames[-12:]
    return event
