"""The Telegram adapter, on python-telegram-bot."""

import os

# The library then gives waiting times as its next major version will, and warns of nothing.
os.environ.setdefault("PTB_TIMEDELTA", "true")
