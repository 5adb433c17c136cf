"""Bolt: it checks signatures, answers Slack's challenge and speaks Socket Mode. Whatever Slack
delivers goes to one function, and is acknowledged with what that returns."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientSession
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.checking import open_socket
from adapters.slack.reading import Body

Take = Callable[[Body], Awaitable[BoltResponse]]


def make_app(
    session: ClientSession,
    client: AsyncWebClient,
    account: dict[str, Any],
    signing_secret: str,
    take: Take,
) -> AsyncApp:
    """Without a signing secret signatures are not checked, as in Socket Mode there are none."""

    async def authorize() -> AuthorizeResult:
        """Where many workspaces use one bot, this is where each gets its own token."""
        return AuthorizeResult(
            enterprise_id=account.get("enterprise_id"),
            team_id=account.get("team_id"),
            bot_user_id=account.get("user_id"),
            bot_id=account.get("bot_id"),
            bot_token=client.token,
        )

    app = AsyncApp(
        client=AsyncWebClient(base_url=client.base_url, session=session),
        authorize=authorize,
        signing_secret=signing_secret,
        request_verification_enabled=bool(signing_secret),
        attaching_conversation_kwargs_enabled=False,
    )

    @app.middleware
    async def receive(
        body: dict[str, Any],
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
    ) -> BoltResponse:
        del next
        return await take(body)

    return app


async def hold_socket(app: AsyncApp, client: AsyncWebClient, app_token: str) -> None:
    """Listens in Socket Mode until it is cancelled. Raises SettingsError, PlatformError."""
    url = await open_socket(client, app_token)
    handler = AsyncSocketModeHandler(app, app_token, web_client=client)
    handler.client.wss_uri = url
    try:
        await handler.connect_async()
        await wait()
    finally:
        await handler.close_async()


async def wait() -> None:
    """Until it is cancelled."""
    await asyncio.Event().wait()


def acknowledge(words: str) -> BoltResponse:
    """What Slack delivered is taken; `words` are shown to who gave a command."""
    body = {"response_type": "ephemeral", "text": words} if words else ""
    return BoltResponse(status=200, body=body)
