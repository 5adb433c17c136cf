"""Slack as a platform: what Slack delivers comes in, answers go out, until it is stopped.

Bolt checks signatures, answers Slack's challenge and speaks Socket Mode. Everything else is told by
one middleware of ours: it has the desk accept a message before Slack is told that it arrived, and
begins to answer after that.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from weakref import WeakValueDictionary

from aiohttp import ClientSession, ClientTimeout, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import manifest
from adapters.slack.checking import make_address, sign_in
from adapters.slack.listening import acknowledge, hold_socket, make_app, wait
from adapters.slack.pacing import Pace, Tempo
from adapters.slack.people import People
from adapters.slack.reading import (
    PLATFORM,
    Body,
    Said,
    Spoken,
    Way,
    read_command,
    read_event,
    read_press,
    read_shortcut,
    read_stop,
)
from adapters.slack.rendering import render_question
from adapters.slack.replying import Means, Reply, is_long, make_reply
from adapters.slack.resuming import find_begun
from adapters.slack.sending import Sender, Unreachable, Unsure
from adapters.slack.surfaces import publish_home, suggest_prompts
from adapters.slack.telling import tell
from adapters.slack.threads import Threads, find_beginning
from bot.desk import Desk
from bot.errors import LedgerError, PlatformError
from bot.nouns import Answer, Asker, Chat, Done, Message, Outcome, Told, Waiting
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
        self._signing_secret = "" if app_token else signing_secret
        self._address = make_address(api_url)
        self._tempo = tempo or Tempo()
        self._tasks = Tasks()
        self._lines = WeakValueDictionary[str, asyncio.Lock]()
        self._app: AsyncApp | None = None

    @property
    def ready(self) -> bool:
        """Whether it can answer now."""
        return self._app is not None

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What the HTTP port of the process has to serve for this adapter."""
        return [web.post(PATH, self._take_call)] if self._signing_secret else []

    @property
    def answering(self) -> Collection[str]:
        """The events whose messages it is answering."""
        return self._tasks.events

    async def run(self) -> None:
        """Until it is cancelled; then answers have a few seconds to end, and of the others their
        askers are told. Raises SettingsError for tokens that Slack does not know, PlatformError
        if it cannot be reached."""
        timeout = ClientTimeout(total=self._tempo.patience)
        async with ClientSession(timeout=timeout) as session:
            client = AsyncWebClient(
                self._bot_token, self._address, session=session, retry_handlers=[]
            )
            sender = Sender(client, session, Pace(self._tempo))
            account = await sign_in(client)
            self._means = Means(sender, self._desk)
            self._people = People(sender)
            self._user = str(account["user_id"])
            self._threads = Threads(self._user)
            self._app = make_app(session, client, account, self._signing_secret, self._take)
            try:
                logger.info("Slack: %s is listening", account.get("user"))
                await (
                    hold_socket(self._app, client, self._app_token) if self._app_token else wait()
                )
            finally:
                self._app = None
                await self._tasks.finish(self._tempo.grace, self._tempo.last_words)

    async def _take_call(self, request: web.Request) -> web.Response:
        if self._app is None:
            return web.Response(status=503)  # Slack asks again
        answer = await self._app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    async def _take(self, body: Body) -> BoltResponse:
        """Has the message accepted and begins to answer it; the acknowledgement."""
        event = body.get("event") or {}
        if event.get("type") == "app_home_opened":
            self._tasks.begin(self._show_surface(body))
        elif event.get("type") in ("app_uninstalled", "tokens_revoked"):
            logger.warning("Slack: the app was removed from its workspace")
        acknowledgement = ""
        for said in await self._read(body):
            lasting = said.way in (Way.THREAD, Way.PUBLIC) or "command" in body
            event_id = said.message.event_id
            with self._tasks.expect(event_id):
                if await self._desk.accept(said.message, body if lasting else None):
                    words = self._acknowledge(said) if "command" in body else ""
                    answering = self._answer(replace(said, waits=said.waits or bool(words)))
                    self._tasks.begin(answering, event_id)
                    acknowledgement = words or acknowledgement
        return acknowledge(acknowledgement)

    async def _read(self, body: Body) -> Sequence[Said]:
        """What is for the bot."""
        match body:
            case {"command": _}:
                return [read_command(body)]
            case {"type": "block_actions"}:
                return [said] if (said := read_press(body)) else []
            case {"type": "message_action", "callback_id": manifest.SHORTCUT}:
                return [read_shortcut(body)]
            case {"event": {"type": "agent_session_stopped"}}:
                return [read_stop(body)]
            case {"event": _} if spoken := read_event(body, self._fetch):
                return await self._choose(spoken)
        return []

    async def _choose(self, spoken: Spoken) -> Sequence[Said]:
        """Of what somebody wrote what is for the bot: said to it, or in reply to what it asked
        for. Raises LedgerError."""
        if spoken.edited:
            return [said for said in spoken.saids if await self._desk.corrects(said.message)]
        joins = spoken.in_thread and not self._threads.is_known(spoken)
        if self._threads.is_addressed(spoken):
            return [replace(said, joins=joins) for said in spoken.saids]
        if not spoken.in_thread:
            return []
        return [said for said in spoken.saids if await self._desk.expects(said.message)]

    async def tell(
        self, chat: Chat, answer: Answer, reply_to: str = "", *, apart: bool = False
    ) -> Told:
        """Writes into a chat unasked: what is otherwise whispered goes into direct messages. Raises
        PlatformError."""
        if self._app is None:
            raise PlatformError("Slack is not connected at the moment.")
        return await tell(self._means.sender, chat, answer, reply_to, apart=apart)

    def take_up(self, waiting: Waiting) -> None:
        """Answers what was left unanswered."""
        match waiting.envelope:
            case {"command": _}:
                said = read_command(waiting.envelope)
                saids: Sequence[Said] = [replace(said, waits=bool(self._acknowledge(said)))]
            case _:
                spoken = read_event(waiting.envelope, self._fetch)
                saids = spoken.saids if spoken else []
        for said in saids:
            if said.message.event_id == waiting.event_id:
                self._tasks.begin(self._answer(said, waiting), waiting.event_id)

    def _acknowledge(self, said: Said) -> str:
        """What is shown to who asked by a command, until the answer takes its place."""
        if said.way is not Way.WHISPER or is_long(said):
            return ""
        asker = replace(said.message.asker, language=self._people.get_language(said.place.user))
        return self._desk.speak_to(replace(said.message, asker=asker)).searching

    async def _answer(self, said: Said, waiting: Waiting | None = None) -> None:
        try:
            async with self._lines.setdefault(said.message.chat.key, asyncio.Lock()):
                if waiting is not None and await self._is_outdated(said, waiting):
                    await self._desk.deliveries.settle(said.message)
                    return
                said = await self._prepare(said, waiting)
                if waiting is not None:
                    waiting = await find_begun(
                        self._means.sender, self._desk, said, waiting, self._user
                    )
            # From here to the first event nothing waits: messages are answered in their order.
            reply = make_reply(self._means, said, waiting.sent if waiting else ())
            try:
                await self._tell(reply, said.message, waiting)
            except asyncio.CancelledError:
                with suppress(PlatformError, LedgerError):
                    words = self._desk.speak_to(said.message)
                    await reply.finish(Answer(words.restarting, Outcome.FAILED))
                    await self._desk.deliveries.release(said.message, reply.messages)
                raise
        except Unreachable as error:
            logger.info("%s: %s", said.message.event_id, error)
            with suppress(LedgerError):
                await self._desk.deliveries.settle(said.message)
        except LedgerError as error:  # what is written down is taken up again
            logger.warning("%s could not be answered: %s", said.message.event_id, error)
        except Exception:  # one chat must not end the others
            logger.exception("The answer to %s could not be delivered", said.message.event_id)

    async def _is_outdated(self, said: Said, waiting: Waiting) -> bool:
        """Whether it is an edit that corrects nothing any more, and was not replied to before."""
        edited = bool(said.message.replaces) and waiting.answer is None
        return edited and not await self._desk.corrects(said.message)

    async def _tell(self, reply: Reply, message: Message, waiting: Waiting | None) -> None:
        answer = await self._desk.deliveries.recall(message, waiting) if waiting else None
        if answer is not None:
            await reply.finish(answer)
        else:
            async with aclosing(self._desk.handle(message)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        await self._desk.deliveries.begin(message, event.answer, reply.messages)
                    await reply.take(event)
        await self._desk.deliveries.settle(message, reply.messages)

    async def _prepare(self, said: Said, waiting: Waiting | None) -> Said:
        """With what Slack has to be asked for."""
        language = await self._people.find_language(said.place.user)
        message = replace(said.message, asker=replace(said.message.asker, language=language))
        if said.joins:
            message = replace(message, quoted=await find_beginning(self._means.sender, said.place))
        if not message.text and message.attachment is None:
            message = replace(message, text="/ask" if message.quoted else "/help")
        said = replace(said, message=message)
        if said.way is not Way.PUBLIC:
            return said
        return await self._publish(said, waiting.sent[0] if waiting and waiting.sent else "")

    async def _publish(self, said: Said, posted: str) -> Said:
        """A question for all, whose thread is the conversation; `posted` by an earlier process
        already, or "". Where the bot may not write, the answer comes by the command's own way, with
        the question."""
        place, question = said.place, said.message.text
        post = render_question(question, said.message.asker.name)
        try:
            ts = posted or str((await self._means.sender.post(place.channel, post))["ts"])
        except (Unreachable, Unsure):
            return replace(said, way=Way.SHARE, question=question)
        if not posted:  # else more than this is written down, perhaps
            await self._desk.deliveries.note_sent(said.message.event_id, (ts,))
        self._threads.join(place.channel, ts, place.user)
        chat = replace(said.message.chat, thread=ts)
        message = replace(said.message, chat=chat)
        return replace(said, message=message, place=replace(place, thread=ts), posted=ts)

    async def _show_surface(self, body: Body) -> None:
        event, team = body["event"], body["team_id"]
        user = event["user"]
        try:
            language = await self._people.find_language(user)
            asker = Asker(PLATFORM, f"{team}/{user}", language=language)
            if event.get("tab") == "home":
                await publish_home(self._means.sender, self._desk, asker, user)
            else:
                await suggest_prompts(self._means.sender, self._desk, asker, event["channel"])
        except PlatformError as error:
            logger.warning("The app's home could not be shown: %s", error)

    async def _fetch(self, url: str) -> bytes:
        return await self._means.sender.fetch(url, LARGEST)
