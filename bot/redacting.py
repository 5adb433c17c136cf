"""Takes secrets out of what is logged: libraries write addresses and errors with tokens in them."""

import logging
import re
from collections.abc import Collection
from urllib.parse import quote

SECRETS = re.compile(
    r"\d{6,}(?::|%3[Aa])[\w-]{30,}"  # Telegram
    r"|xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}"  # Slack
    r"|(?<![a-z0-9])sk-[\w-]{8,}"  # OpenAI and its kin
    r"|(?<=bearer )[\w.~+/-]{8,}=*"
    r"|(?<=://)[^\s:/@]*:[^\s/@]+(?=@)",  # in the address of a database or a proxy
    re.ASCII | re.IGNORECASE,
)
HIDDEN = "‹secret›"
SHORTEST = 8  # characters of a secret that is known by its value; shorter ones could be any word

# They log each request with its address, and Telegram's addresses hold the token.
TALKATIVE = (
    "alembic",
    "httpx",
    "httpcore",
    "httpx2",
    "httpcore2",
    "telegram",
    "slack_sdk",
    "slack_bolt",
)


class Redactor:
    """Knows secrets by their look, and those `known` by their value."""

    def __init__(self, known: Collection[str] = ()) -> None:
        long = {secret for secret in known if len(secret) >= SHORTEST}
        long |= {quote(secret, safe="") for secret in long}  # as they stand in addresses
        ordered = sorted(long, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        return SECRETS.sub(HIDDEN, text)


redact = Redactor()


class RedactingFormatter(logging.Formatter):
    """Of the whole record, traceback included."""

    def __init__(self, line: str, redactor: Redactor = redact) -> None:
        super().__init__(line)
        self._redact = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


# It tells of a proxy's page with a traceback; what became of the message is told by us.
SILENT = ("telegram.request.BaseRequest",)


def quieten_libraries() -> None:
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
