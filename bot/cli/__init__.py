"""The command line `openbook`."""

from bot.cli.app import main

__all__ = ["main"]
