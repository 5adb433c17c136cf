"""Runs the peer by hand: see `Console` for what can be typed."""

import argparse
import asyncio
import sys
from contextlib import suppress

from tests.peers.slack.console import HELP, Console
from tests.peers.slack.peer import SlackPeer


def _show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def _open_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    return reader


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.peers.slack", description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--http", metavar="URL", help="post events there instead of Socket Mode")
    parser.add_argument("--speed", type=float, default=1.0, help="Slack seconds in a real one")
    options = parser.parse_args()
    peer = SlackPeer(port=options.port, request_url=options.http, speed=options.speed)
    async with peer:
        _show(f"export SLACK_API_URL={peer.url}/api/\nexport SLACK_BOT_TOKEN={peer.bot_token}")
        if options.http:
            _show(f"export SLACK_SIGNING_SECRET={peer.signing_secret}")
        else:
            _show(f"export SLACK_APP_TOKEN={peer.app_token}")
        _show(f"\n{HELP}\n")
        console = Console(peer, _show)
        keyboard = await _open_input()
        _show(console.prompt)
        while (line := (await keyboard.readline()).decode()) and line.strip() != ":quit":
            await console.obey(line.strip())
            _show(console.prompt)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_main())
