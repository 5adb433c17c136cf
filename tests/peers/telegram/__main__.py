"""The Telegram peer by hand: `python -m tests.peers.telegram [--port N]`.

Prints two variables. Set them in another terminal and start the bot there; then type here as a
reader would in Telegram. `:help` says what else there is.
"""

import argparse
import asyncio
import sys
from contextlib import suppress

from tests.peers.telegram.console import HELP, Console
from tests.peers.telegram.peer import TelegramPeer

NEWS_SECONDS = 0.2


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8082)
    options = parser.parse_args()
    async with TelegramPeer(port=options.port) as peer:
        print_out(f"TELEGRAM_BOT_TOKEN={peer.token}\nTELEGRAM_API_URL={peer.url}\n\n{HELP}\n")
        console = Console(peer)
        watching = asyncio.create_task(watch(console))
        try:
            await read(console)
        finally:
            watching.cancel()


async def read(console: Console) -> None:
    """Until `:quit` or the end of input."""
    while line := await asyncio.to_thread(read_line, console.prompt):
        if line.strip() == ":quit":
            return
        if shown := await console.obey(line):
            print_out(shown)


def read_line(prompt: str) -> str:
    if sys.stdin.isatty():
        print_out(prompt, end="")
    return sys.stdin.readline()


async def watch(console: Console) -> None:
    while True:
        if news := console.news():
            print_out(f"\r{news}" if sys.stdin.isatty() else news)
            if sys.stdin.isatty():
                print_out(console.prompt, end="")
        await asyncio.sleep(NEWS_SECONDS)


def print_out(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
