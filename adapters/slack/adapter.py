"""Slack as a platform: what Slack delivers comes in, answers go out, until it is stopped.

Bolt checks signatures, answers Slack's challenge and speaks Socket Mode. Everything else is told by
one middleware of ours: it has the desk accept a message before Slack is told that it arrived, and
begins to answer after that.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession, ClientTimeout, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import manifest
from adapters.slack.pacing import Pace, Tempo
from adapters.slack.people import People
from adapters.slack.reading import (
    PLATFORM,
    Body,
    Said,
    Way,
    read_command,
    read_event,
    read_press,
    read_shortcut,
    read_stop,
)
from adapters.slack.rendering import render_question
from adapters.slack.replying import Means, make_reply
from adapters.slack.sending import Sender, Unreachable
from adapters.slack.surfaces import publish_home, suggest_prompts
from adapters.slack.threads import Threads
from bot.desk import Desk
from bot.errors import PlatformError, SettingsError
from bot.nouns import Answer, Asker, Outcome
from bot.serving import Tasks
from bot.uploads import LARGEST

PATH = "/slack/events"

logger = logging.getLogger(__name__)


class Slack:
    """An adapter. With an `app_token` the bot opens a connection to Slack (Socket Mode), else Slack
    calls it, and signs what it sends with the `signing_secret`."""

    name = PLATFORM

    def __init__(
        self,
        desk: Desk,
        *,
        bot_token: str,
        app_token: str = "",
        signing_secret: str = "",
        api_url: str,
        tempo: Tempo | None = None,
    ) -> None:
        self._desk = desk
        self._bot_token = bot_token
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._api_url = api_url
        self._tempo = tempo or Tempo()
        self._tasks = Tasks()
        self._app: AsyncApp | None = None

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What the HTTP port of the process has to serve for this adapter."""
        return [] if self._app_token else [web.post(PATH, self._take_call)]

    async def run(self) -> None:
        """Until it is cancelled; then answers have a few seconds to end, and of the others their
        askers are told. Raises SettingsError for tokens that Slack does not know, PlatformError
        if it cannot be reached."""
        timeout = ClientTimeout(total=self._tempo.patience)
        async with ClientSession(timeout=timeout) as session:
            client = AsyncWebClient(
                self._bot_token,
                base_url=f"{self._api_url}/api/",
                session=session,
                retry_handlers=[],
            )
            sender = Sender(client, session)
            account = await _sign_in(sender)
            self._means = Means(sender, Pace(self._tempo), self._desk)
            self._people = People(sender)
            self._threads = Threads(str(account["user_id"]))
            self._app = self._make_app(client)
            try:
                logger.info("Slack: listening as %s", account.get("user"))
                await (self._hold_socket(self._app) if self._app_token else _wait())
            finally:
                self._app = None
                await self._tasks.finish(self._tempo.grace, self._tempo.last_words)

    def _make_app(self, client: AsyncWebClient) -> AsyncApp:
        app = AsyncApp(client=client, signing_secret=self._signing_secret or "none: Socket Mode")

        @app.middleware
        async def take(
            body: dict[str, Any],
            next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002
        ) -> BoltResponse:
            """All that Slack delivers ends here."""
            del next
            return self._take(body)

        return app

    async def _hold_socket(self, app: AsyncApp) -> None:
        handler = AsyncSocketModeHandler(app, self._app_token, web_client=app.client)
        try:
            await handler.connect_async()
            await _wait()
        finally:
            await handler.close_async()

    async def _take_call(self, request: web.Request) -> web.Response:
        if self._app is None:
            return web.Response(status=503)  # Slack asks again
        answer = await self._app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    def _take(self, body: Body) -> BoltResponse:
        """Has the message accepted and begins to answer it; the acknowledgement."""
        event = body.get("event") or {}
        if event.get("type") == "app_home_opened":
            self._tasks.begin(self._show_surface(body))
        elif (said := self._read(body)) is not None and self._desk.accept(said.message):
            self._tasks.begin(self._answer(said))
            if said.way is Way.WHISPER and "command" in body:
                return _acknowledge(self._desk.speak_to(said.message).searching)
        return BoltResponse(status=200, body="")

    def _read(self, body: Body) -> Said | None:
        """What is for the bot."""
        match body:
            case {"command": _}:
                return read_command(body)
            case {"type": "block_actions"}:
                return read_press(body)
            case {"type": "message_action", "callback_id": manifest.SHORTCUT}:
                return read_shortcut(body)
            case {"event": {"type": "agent_session_stopped"}}:
                return read_stop(body)
            case {"event": _}:
                spoken = read_event(body, self._fetch)
                return spoken.said if spoken and self._threads.is_addressed(spoken) else None
        return None

    async def _answer(self, said: Said) -> None:
        try:
            said = await self._prepare(said)
            reply = make_reply(self._means, said)
            try:
                async with aclosing(self._desk.handle(said.message)) as events:
                    async for event in events:
                        await reply.take(event)
            except asyncio.CancelledError:
                with suppress(PlatformError):
                    words = self._desk.speak_to(said.message)
                    await reply.finish(Answer(words.restarting, Outcome.FAILED))
                raise
            if said.way in (Way.THREAD, Way.PUBLIC):
                place = said.place
                self._threads.note_answer(place.channel, place.thread, place.user)
        except Unreachable as error:
            logger.info("%s: %s", said.message.event_id, error)
        except Exception:  # one chat must not end the others
            logger.exception("The answer to %s could not be delivered", said.message.event_id)

    async def _prepare(self, said: Said) -> Said:
        """With the asker's language; a question for all is posted first, and its thread is the
        conversation."""
        asker = replace(
            said.message.asker, language=await self._people.find_language(said.place.user)
        )
        said = replace(said, message=replace(said.message, asker=asker))
        if said.way is not Way.PUBLIC:
            return said
        post = render_question(said.message.text, said.place.user)
        answer = await self._means.sender.call(
            "chat.postMessage",
            channel=said.place.channel,
            text=post.text,
            blocks=list(post.blocks),
        )
        ts = str(answer["ts"])
        chat = replace(said.message.chat, thread=ts, private=False)
        message = replace(said.message, chat=chat)
        return replace(said, message=message, place=replace(said.place, thread=ts))

    async def _show_surface(self, body: Body) -> None:
        event, team = body["event"], body["team_id"]
        user = event["user"]
        language = await self._people.find_language(user)
        asker = Asker(PLATFORM, f"{team}/{user}", language=language)
        try:
            if event.get("tab") == "home":
                await publish_home(self._means.sender, self._desk, asker, user)
            else:
                await suggest_prompts(self._means.sender, self._desk, asker, event["channel"])
        except PlatformError as error:
            logger.warning("The app's home could not be shown: %s", error)

    async def _fetch(self, url: str) -> bytes:
        return await self._means.sender.fetch(url, LARGEST)


async def _sign_in(sender: Sender) -> dict[str, Any]:
    """The bot's own account."""
    try:
        return await sender.call("auth.test")
    except Unreachable as error:
        raise SettingsError(
            f"Slack does not take the SLACK_BOT_TOKEN. {error.problem}",
            "Copy the Bot User OAuth Token again from the app's page OAuth & Permissions.",
        ) from None


async def _wait() -> None:
    await asyncio.Event().wait()


def _acknowledge(words: str) -> BoltResponse:
    """Shown to who gave the command until the answer takes its place."""
    return BoltResponse(status=200, body={"response_type": "ephemeral", "text": words})
