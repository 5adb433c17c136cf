"""Logging of the command line: on standard error, one line a record, without secrets. The
traceback of an error goes to a file of its own that the line names, save in `serve`, whose log is
read by machines and kept by others: there a record is one JSON object, unless a person looks on."""

import json
import logging
import sys
import tempfile
import traceback
from collections.abc import Collection
from datetime import UTC, datetime

from bot.current import event_id
from bot.redacting import RedactingFormatter, Redactor, quieten_libraries, redact

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Brief(logging.Handler):
    """Shows a record as its sentence."""

    def emit(self, record: logging.LogRecord) -> None:
        line = redact(record.getMessage())
        if record.exc_info and record.exc_info[1]:
            line += "\n" + _keep_traceback(record.exc_info[1])
        sys.stderr.write(line + "\n")


class JsonFormatter(logging.Formatter):
    """One JSON object a record. Redacted before it is encoded: an escape could hide a secret."""

    def __init__(self, redactor: Redactor = redact) -> None:
        super().__init__()
        self._redact = redactor

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        fields = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        if event := event_id.get():
            fields["event"] = event
        if record.exc_info:
            fields["traceback"] = self._redact(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)


def start_logging(*, debug: bool) -> None:
    """With `debug` all of ours and the course of others; else errors and why a model failed."""
    quieten_libraries()
    if debug:
        log_everything(logging.DEBUG)
        return
    logging.basicConfig(level=logging.ERROR, handlers=[Brief()])
    logging.getLogger("bot.answering").setLevel(logging.WARNING)


def log_service(secrets: Collection[str]) -> None:
    """For `serve`: with time and place, for people at a terminal, else for machines."""
    person = sys.stderr.isatty()
    redactor = Redactor(secrets)
    formatter = RedactingFormatter(LINE, redactor) if person else JsonFormatter(redactor)
    log_everything(logging.INFO, formatter)
    logging.captureWarnings(capture=True)  # every line is a record then


def log_everything(level: int, formatter: logging.Formatter | None = None) -> None:
    """Every record with time and place, ours from `level` on, or from a lower one set before."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter or RedactingFormatter(LINE))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for ours in ("bot", "adapters"):
        logger = logging.getLogger(ours)
        logger.setLevel(min(level, logger.level or level))


def _keep_traceback(error: BaseException) -> str:
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="openbook-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(redact("".join(traceback.format_exception(error))))
    except OSError:
        return "Run the same with `openbook --debug …` to see the details."
    return f"The details are in {file.name}; please report them if this happens again."
