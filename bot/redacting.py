"""Takes secrets out of what is logged: libraries write addresses and errors with tokens in them."""

import logging
import re

SECRETS = re.compile(
    r"\d{6,}(?::|%3[Aa])[\w-]{30,}"  # Telegram
    r"|xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}"  # Slack
    r"|(?<![a-z0-9])sk-[\w-]{8,}"  # OpenAI and its kin
    r"|(?<=bearer )[\w.~+/-]{8,}=*",
    re.ASCII | re.IGNORECASE,
)
HIDDEN = "‹secret›"

# They log each request with its address, and Telegram's addresses hold the token.
TALKATIVE = ("httpx", "httpcore", "httpx2", "httpcore2", "telegram", "slack_sdk", "slack_bolt")


def redact(text: str) -> str:
    return SECRETS.sub(HIDDEN, text)


class RedactingFormatter(logging.Formatter):
    """Of the whole record, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


# It tells of a proxy's page with a traceback; what became of the message is told by us.
SILENT = ("telegram.request.BaseRequest",)


def quieten_libraries() -> None:
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
