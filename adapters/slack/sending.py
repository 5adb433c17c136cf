"""Calls to Slack that do not give up before they must, and what their failures mean.

| Slack says | so |
| --- | --- |
| 429 with Retry-After | that call again when it is over |
| no such channel, archived, not a member, token gone | `Unreachable` |
| no longer streaming, stopped by its reader, message gone | `Gone`: a new message, or none |
| nothing, or 5xx | the same again, if it cannot have arrived or may arrive twice |
| nothing after a message was posted | `Unsure`: it may stand there already |
"""

import asyncio
import logging
import random
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import PlatformError

TRIES = 6
LONGEST_PAUSE = 30.0
QUIET = {"unfurl_links": False, "unfurl_media": False}  # their servers would fetch the pages

_GONE = frozenset(
    {
        "message_not_in_streaming_state",
        "stopped_by_user",
        "message_not_found",
        "streaming_state_conflict",
        "cant_update_message",
        "thread_not_found",
    }
)
_UNREACHABLE = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "user_not_in_channel",
        "account_inactive",
        "token_revoked",
        "invalid_auth",
        "restricted_action",
        "user_not_found",
        "expired_url",
        "used_url",
    }
)
# What does no harm when it is done twice.
_REPEATABLE = ("chat.update", "views.", "assistant.", "users.", "auth.")

logger = logging.getLogger(__name__)


class Unreachable(PlatformError):
    """Nobody can be written to there."""


class Gone(PlatformError):
    """What was to be changed is no longer there, or can no longer be."""


class Unsure(PlatformError):
    """A message may have been delivered or not."""


class Sender:
    """Every word that goes to Slack goes through here."""

    def __init__(self, client: AsyncWebClient, session: ClientSession) -> None:
        self._client = client
        self._session = session

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
        """Slack's answer. Raises Unreachable, Gone, Unsure, PlatformError."""
        if method == "chat.postMessage":
            arguments |= QUIET
        failures = 0
        while True:
            try:
                response = await self._client.api_call(method, json=arguments)
                return dict(response.data) if isinstance(response.data, dict) else {}
            except SlackApiError as error:
                failures += 1
                await _bear_answer(error, failures)
            except (ClientError, TimeoutError, OSError) as error:
                failures += 1
                await _bear_silence(error, failures, repeatable=method.startswith(_REPEATABLE))

    async def respond(self, url: str, body: dict[str, Any]) -> None:
        """By a response URL, which takes five messages within half an hour; the last of them is
        not kept back for long. Raises as `call` does."""
        failures = 0
        while True:
            try:
                async with self._session.post(url, json={**body, **QUIET}) as response:
                    if response.status < 300:
                        return
                    text = await response.text()
                    if response.status == 404 or any(code in text for code in _UNREACHABLE):
                        raise Unreachable(f"Slack takes no more answers there: {text[:100]}.")
                    failures += 1
                    await _pause(response.status, response.headers, failures)
            except (ClientError, TimeoutError, OSError) as error:
                failures += 1
                await _bear_silence(error, failures, repeatable=bool(body.get("replace_original")))

    async def fetch(self, url: str, limit: int) -> bytes:
        """A file that was shared, of a larger one `limit` bytes and one. Raises PlatformError."""
        try:
            headers = {"Authorization": f"Bearer {self._client.token}"}
            async with self._session.get(url, headers=headers) as response:
                kind = response.headers.get("Content-Type", "")
                if response.status != 200 or kind.startswith("text/html"):  # a page to sign in
                    raise PlatformError("Slack did not give the file.")
                return await response.content.read(limit + 1)
        except (ClientError, TimeoutError) as error:
            raise PlatformError("Slack did not give the file.") from error


async def _bear_answer(error: SlackApiError, failures: int) -> None:
    """Waits before the next try. Raises where there can be none."""
    data = getattr(error.response, "data", None)  # none where the answer could not be read
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    status = getattr(error.response, "status_code", 500)
    if status == 429 or status >= 500:
        await _pause(status, error.response.headers, failures)
    elif code in _GONE:
        raise Gone(f"Slack: {code}.") from error
    elif code in _UNREACHABLE:
        raise Unreachable(f"Slack: {code}.") from error
    else:
        raise PlatformError(f"Slack refused: {code}.") from error


async def _bear_silence(error: Exception, failures: int, *, repeatable: bool) -> None:
    if not (repeatable or isinstance(error, ClientConnectorError)):
        raise Unsure("Slack did not say whether the message arrived.") from error
    await _pause(0, {}, failures)


async def _pause(status: int, headers: Any, failures: int) -> None:  # noqa: ANN401 (of two libraries)
    if status == 429:
        await asyncio.sleep(float(headers.get("Retry-After", 1)))
        return
    if failures >= TRIES:
        raise PlatformError("Slack cannot be reached.")
    logger.warning("Slack did not answer (%s); trying again", status or "no connection")
    await asyncio.sleep(min(LONGEST_PAUSE, 2**failures / 2) * random.uniform(0.7, 1.3))  # noqa: S311
