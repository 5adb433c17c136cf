"""Calls to Slack that do not give up before they must, and what their failures mean.

| Slack says | so |
| --- | --- |
| 429 with Retry-After | no such call until it is over, then the same again |
| no such channel, archived, not a member, token gone | `Unreachable` |
| response URL too old or used up | `Unreachable`, by that way |
| no longer streaming, stopped by its reader, message gone | `Gone`: a new message, or none |
| blocks are not right | `Misshapen`: the same as plain text |
| nothing, or 5xx | the same again, if it cannot have arrived or may arrive twice |
| nothing after a message was posted | `Unsure`: it may stand there already |

Nothing but this module writes to Slack, so that links are never unfolded: the servers behind them
would learn what the bot writes.
"""

import asyncio
import logging
import random
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError, ClientError, ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.pacing import POST, Pace
from adapters.slack.rendering import Post
from bot.errors import PlatformError

TRIES = 6
LONGEST_PAUSE = 30.0
QUIET = {"unfurl_links": False, "unfurl_media": False}

_GONE = frozenset(
    {
        "cant_update_message",
        "edit_window_closed",
        "message_not_found",
        "message_not_in_streaming_state",
        "message_not_owned_by_app",
        "stopped_by_user",
        "streaming_mode_mismatch",
        "streaming_state_conflict",
        "thread_not_found",
    }
)
_UNREACHABLE = frozenset(
    {
        "account_inactive",
        "cannot_dm_bot",
        "channel_not_found",
        "expired_url",
        "invalid_auth",
        "is_archived",
        "messages_tab_disabled",
        "no_service",
        "not_authed",
        "not_in_channel",
        "restricted_action",
        "token_revoked",
        "used_url",
        "user_not_found",
        "user_not_in_channel",
    }
)
_MISSHAPEN = ("invalid_blocks", "msg_blocks_too_long", "invalid_attachments", "msg_too_long")
_BUSY = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
# What does no harm when it is done twice.
_REPEATABLE = ("assistant.", "auth.", "chat.delete", "chat.stopStream", "chat.update")
# These take a form and not JSON; all of them only read.
_READING = ("auth.", "conversations.", "users.")

logger = logging.getLogger(__name__)


class Unreachable(PlatformError):
    """Nobody can be written to there."""


class Gone(PlatformError):
    """What was to be changed is no longer there, or can no longer be."""


class Misshapen(PlatformError):
    """Slack does not take the message as it is made up."""


class Unsure(PlatformError):
    """A message may have been delivered or not."""


class Sender:
    def __init__(self, client: AsyncWebClient, session: ClientSession, pace: Pace) -> None:
        self._client = client
        self._session = session
        self.pace = pace

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
        """Slack's answer. Raises Unreachable, Gone, Misshapen, Unsure, PlatformError."""
        channel, failures = str(arguments.get("channel", "")), 0
        repeatable = method.startswith((*_REPEATABLE, *_READING, "views."))
        while True:
            await self.pace.take_turn(method, channel)
            try:
                return await self._ask(method, arguments)
            except SlackApiError as error:
                if (wait := _read_wait(error)) is not None:
                    self.pace.pause(method, channel, wait)
                    continue
                failures += 1
                _judge(error)
                await _pause(failures)
            except (ClientError, TimeoutError, OSError) as error:
                failures += 1
                _forgive(error, repeatable=repeatable)
                await _pause(failures)

    async def try_once(self, method: str, **arguments: Any) -> dict[str, Any] | None:  # noqa: ANN401
        """As `call`, for what may as well be left out: None where there is no room for it now.
        Raises PlatformError, among them `Unsure` and `Gone`."""
        if not self.pace.take_spare_turn(method):
            return None
        try:
            async with asyncio.timeout(self.pace.tempo.preview):
                return await self._ask(method, arguments)
        except SlackApiError as error:
            if (wait := _read_wait(error)) is not None:
                self.pace.pause(method, "", wait)
                return None
            _judge(error)
            raise Unsure("Slack is busy.") from error
        except (ClientError, TimeoutError, OSError) as error:
            raise Unsure("Slack did not answer.") from error

    async def post(
        self, channel: str, post: Post, thread: str = "", mark: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """A new message with `mark` as its metadata; Slack's answer names its channel and time
        stamp."""
        more: dict[str, Any] = {"thread_ts": thread} if thread else {}
        if mark:
            more["metadata"] = mark
        body = {"channel": channel, "text": post.text, "blocks": list(post.blocks), **more}
        return await self.call(POST, **body)

    async def respond(self, url: str, body: dict[str, Any]) -> None:
        """By a response URL, which takes five messages within half an hour. Raises as `call`."""
        failures = 0
        repeatable = body.get("response_type") != "in_channel"
        while True:
            try:
                async with self._session.post(url, json={**body, **QUIET}) as response:
                    if response.status < 300:
                        return
                    text = (await response.text())[:200]
                    if response.status == 429:
                        await asyncio.sleep(float(response.headers.get("Retry-After", 1)))
                        continue
            except (ClientError, TimeoutError, OSError) as error:
                failures += 1
                _forgive(error, repeatable=repeatable)
            else:
                failures += 1
                _judge_response(response.status, text)
            await _pause(failures)

    async def fetch(self, url: str, limit: int) -> bytes:
        """A file that was shared, of a larger one `limit` bytes and one. Only Slack itself gets
        the token: files of other services have addresses there. Raises PlatformError."""
        if not _is_slack(url, self._client.base_url):
            raise PlatformError("The file is not kept by Slack.")
        try:
            headers = {"Authorization": f"Bearer {self._client.token}"}
            async with self._session.get(url, headers=headers) as response:
                kind = response.headers.get("Content-Type", "")
                page = kind.startswith("text/html") and "html" not in url.rpartition(".")[2]
                if response.status != 200 or page:  # a page to sign in
                    raise PlatformError("Slack did not give the file.")
                data = bytearray()
                while len(data) <= limit and (piece := await response.content.read(limit)):
                    data += piece
                return bytes(data)
        except (ClientError, TimeoutError) as error:
            raise PlatformError("Slack did not give the file.") from error

    async def _ask(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if method == POST:
            arguments = {**arguments, **QUIET}
        if method.startswith(_READING):
            response = await self._client.api_call(method, data=arguments)
        else:
            response = await self._client.api_call(method, json=arguments)
        return dict(response.data) if isinstance(response.data, dict) else {}


def _read_wait(error: SlackApiError) -> float | None:
    """The seconds that Slack wants us to wait, if it does."""
    if getattr(error.response, "status_code", 0) != 429:
        return None
    headers = error.response.headers
    return float(headers.get("Retry-After") or headers.get("retry-after") or 1)


def _judge(error: SlackApiError) -> None:
    """Raises what it means, unless it may pass."""
    data = getattr(error.response, "data", None)  # none where the answer could not be read
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if getattr(error.response, "status_code", 500) >= 500 or code in _BUSY:
        return
    if code in _GONE:
        raise Gone(f"Slack: {code}.") from error
    if code in _UNREACHABLE:
        raise Unreachable(f"Slack: {code}.") from error
    if code.startswith(_MISSHAPEN):
        logger.warning("Slack does not take a message: %s", data)
        raise Misshapen(f"Slack: {code}.") from error
    raise PlatformError(f"Slack refused: {code or 'its answer says nothing'}.") from error


def _judge_response(status: int, text: str) -> None:
    if status >= 500:
        return
    if status == 404 or any(code in text for code in _UNREACHABLE):
        raise Unreachable(f"Slack takes no more answers there: {text}.")
    logger.warning("Slack does not take a response: %s", text)
    raise Misshapen(f"Slack: {text}.")


def _forgive(error: Exception, *, repeatable: bool) -> None:
    """Silence after what must not be done twice is not."""
    if not (repeatable or isinstance(error, ClientConnectorError)):
        raise Unsure("Slack did not say whether the message arrived.") from error


async def _pause(failures: int) -> None:
    if failures >= TRIES:
        raise PlatformError("Slack cannot be reached.")
    logger.warning("Slack did not answer; trying again")
    await asyncio.sleep(min(LONGEST_PAUSE, 2**failures / 2) * random.uniform(0.7, 1.3))  # noqa: S311


def _is_slack(url: str, api: str) -> bool:
    address, own = urlsplit(url), urlsplit(api)
    if (address.scheme, address.netloc) == (own.scheme, own.netloc):
        return True
    host = address.hostname or ""
    return address.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
