"""The log: lines for people or JSON for machines, which say what they are about and hold no secrets."""

import logging
import re
from typing import Any, Literal

import structlog
from structlog.contextvars import get_contextvars
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

LINK = re.compile(
    r"/(confirm|ev-terms|setup|invitation|password/reset|unsubscribe|request/[\w-]+/link|request/[\w-]+/requests/back)"
    r"/[^/\s'\"\\]+"
)

# What a caller may add to a line by `extra`. Libraries add more, such as the arguments of tasks, that nobody has looked at
FACTS = (
    "order_id", "account_id", "actor_id", "subject_type", "subject_id", "verb", "before", "after", "status_code",
)  # fmt: skip
ABOUT = ("request_id", "task", "task_id", "order_id")  # what lines for people tell too, see kit/tracing.py


def config(form: Literal["line", "json"], level: str) -> dict[str, Any]:
    """The configuration of `logging`, for Django and for gunicorn, which begins before Django does."""
    quiet = ("django.utils.autoreload", "celery.app.trace", "weasyprint")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Line}, "json": {"()": Json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in quiet},
    }


def without_tokens(text: str) -> str:
    """The text without the tokens in addresses that work for whoever has them."""
    return LINK.sub(r"/\1/…", text)


class Line(logging.Formatter):
    """A line for people, with its traceback below it where there is one."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}{about}: {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        facts = get_contextvars() | _of_request(record)
        told = " ".join(f"{name}={facts[name]}" for name in ABOUT if name in facts)
        record.about = f" [{told}]" if told else ""
        return without_tokens(super().format(record))


class Json(ProcessorFormatter):
    """An object a line. A traceback is text, without the values of variables, which may be secrets."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[
                add_log_level,
                add_logger_name,
                structlog.contextvars.merge_contextvars,
                _add_request,
                ExtraAdder(allow=FACTS),
                TimeStamper(fmt="iso", utc=True),
            ],
            processors=[ProcessorFormatter.remove_processors_meta, format_exc_info, JSONRenderer(ensure_ascii=False)],
        )

    def format(self, record: logging.LogRecord) -> str:
        return without_tokens(super().format(record))


def _add_request(logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event.update(_of_request(event["_record"]))
    return event


def _of_request(record: logging.LogRecord) -> dict[str, Any]:
    """Django tells of some answers when the request is over for all middleware, and hands the request along."""
    return getattr(getattr(record, "request", None), "about", {})
