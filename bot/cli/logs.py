"""Logging of the command line: on standard error, one line a record; the traceback of an error
goes to a file of its own that the line names."""

import logging
import sys
import tempfile
import traceback


class Brief(logging.Handler):
    """Shows a record as its sentence."""

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            line += "\n" + _keep_traceback(record.exc_info[1])
        sys.stderr.write(line + "\n")


def start_logging(*, debug: bool) -> None:
    """With `debug` all of ours and the course of others; else errors and why a model failed."""
    if not debug:
        logging.basicConfig(level=logging.ERROR, handlers=[Brief()])
        logging.getLogger("bot.answering").setLevel(logging.WARNING)
        return
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for ours in ("bot", "adapters"):
        logging.getLogger(ours).setLevel(logging.DEBUG)


def _keep_traceback(error: BaseException) -> str:
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="openbook-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.writelines(traceback.format_exception(error))
    except OSError:
        return "Run the same with `openbook --debug …` to see the details."
    return f"The details are in {file.name}; please report them if this happens again."
