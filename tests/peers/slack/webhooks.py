"""HTTP mode: signed requests to the app's request URL."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.peers.slack.clock import Clock
from tests.peers.slack.courier import Delivery, Outcome, Retry

JSON = dict[str, Any]


def sign(secret: str, timestamp: str, body: str) -> str:
    """What Slack writes into X-Slack-Signature."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Webhooks:
    """The carrier of HTTP mode."""

    def __init__(self, clock: Clock, url: str, secret: str) -> None:
        self.clock = clock
        self.url = url
        self.secret = secret
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, delivery: Delivery, retry: Retry | None, seconds: float) -> Outcome:
        body, content_type = _encode(delivery)
        headers = {"Content-Type": content_type, **self._sign(body)}
        if retry:
            headers |= {
                "X-Slack-Retry-Num": str(retry.number),
                "X-Slack-Retry-Reason": retry.reason,
            }
        try:
            return await self.clock.limit(self._post(body, headers), seconds)
        except TimeoutError:
            return Outcome(acknowledged=False, reason="http_timeout")
        except aiohttp.ClientError:
            return Outcome(acknowledged=False, reason="connection_failed", fault=True)

    async def verify_url(self, token: str) -> bool:
        """Asks the app to repeat a challenge, as Slack does when an address is entered."""
        challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
        body = json.dumps({"type": "url_verification", "token": token, "challenge": challenge})
        headers = {"Content-Type": "application/json", **self._sign(body)}
        async with self._open().post(self.url, data=body, headers=headers) as response:
            return response.status == 200 and challenge in await response.text()

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def _post(self, body: str, headers: dict[str, str]) -> Outcome:
        async with self._open().post(self.url, data=body.encode(), headers=headers) as response:
            text = await response.text()
            final = response.headers.get("X-Slack-No-Retry") == "1"
            if response.status != 200:
                return Outcome(acknowledged=False, reason="http_error", final=final)
            return Outcome(acknowledged=True, reply=_decode(text, response.content_type))

    def _sign(self, body: str) -> dict[str, str]:
        timestamp = str(int(time.time()))  # the app compares it with real time
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self.secret, timestamp, body),
        }

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


def _encode(delivery: Delivery) -> tuple[str, str]:
    match delivery.kind:
        case "events_api":
            return json.dumps(delivery.payload), "application/json"
        case "slash_commands":
            return urlencode(delivery.payload), "application/x-www-form-urlencoded"
        case _:
            payload = {"payload": json.dumps(delivery.payload)}
            return urlencode(payload), "application/x-www-form-urlencoded"


def _decode(text: str, content_type: str) -> object:
    if content_type == "application/json":
        return json.loads(text) if text else None
    return {"text": text} if text else None
