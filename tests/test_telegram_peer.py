"""The real python-telegram-bot runs against the Telegram peer over sockets: whatever it sends is
taken, whatever goes wrong reaches it as with Telegram."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.ext import Application, ApplicationBuilder, TypeHandler
from telegram.request import HTTPXRequest

from tests.peers.telegram import (
    BadGateway,
    Cut,
    Flood,
    LostReply,
    Person,
    Refused,
    Slow,
    TelegramPeer,
    describe,
    find_menu,
)
from tests.peers.telegram.clock import Changes
from tests.peers.telegram.faults import Fault

App = Application[Any, Any, Any, Any, Any, Any]
KINDS = [*Update.ALL_TYPES, "stopped_message_generation"]


@pytest.fixture
async def peer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramPeer]:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # or each RetryAfter warns of a change to come
    async with TelegramPeer() as peer:
        yield peer
        assert peer.complaints == []


@pytest.fixture
async def ada(peer: TelegramPeer) -> Person:
    return peer.add_user("Ada", language="en", started=True)


@pytest.fixture
async def bot(peer: TelegramPeer) -> AsyncIterator[Bot]:
    async with make_app(peer).bot as bot:
        yield bot


def make_app(peer: TelegramPeer, *, seconds: float = 5) -> App:
    """A bot that echoes; everything that it was told is in `bot_data["updates"]`."""
    app = (
        ApplicationBuilder()
        .token(peer.token)
        .base_url(f"{peer.url}/bot")
        .base_file_url(f"{peer.url}/file/bot")
        .request(HTTPXRequest(read_timeout=seconds))
        .get_updates_request(HTTPXRequest())
        .build()
    )
    app.add_handler(TypeHandler(Update, answer))
    app.bot_data.update(updates=[], news=Changes())
    return app


async def answer(update: Update, context: Any) -> None:  # noqa: ANN401 - the library's own type
    context.bot_data["updates"].append(update)
    context.bot_data["news"].tell()
    if update.callback_query is not None:
        await update.callback_query.answer("Thank you")
        await update.callback_query.edit_message_reply_markup(None)
    elif update.message is not None and update.message.text:
        buttons = InlineKeyboardMarkup([[InlineKeyboardButton("👍", callback_data="up")]])
        await update.message.reply_text(f"You said {update.message.text}", reply_markup=buttons)


@asynccontextmanager
async def polling(peer: TelegramPeer) -> AsyncIterator[App]:
    app = make_app(peer)
    async with app:
        await app.start()
        assert app.updater is not None
        await app.updater.start_polling(allowed_updates=KINDS, timeout=2)
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()


async def told(app: App, holds: Callable[[Update], object]) -> Update:
    """The first such update that the bot was told."""

    def look() -> list[Update]:
        return [update for update in app.bot_data["updates"] if holds(update)]

    found = await app.bot_data["news"].wait_for(look, 10)
    assert isinstance(found[0], Update)
    return found[0]


async def test_a_bot_answers_in_a_private_chat(peer: TelegramPeer) -> None:
    ada = peer.add_user("Ada")
    async with polling(peer):
        await ada.say("/start")
        reply = await ada.private_chat.next_message()
        assert reply.text == "You said /start"
        press = await ada.press(reply, "👍")
        assert press.text == "Thank you"
        await ada.private_chat.wait_until(lambda _: reply.labels == ())
    assert describe(ada.private_chat) == "Ada: /start\nOpenbook: You said /start"


async def test_every_update_can_be_read(peer: TelegramPeer, ada: Person) -> None:
    grace = peer.add_user("Grace", language="zh")
    async with polling(peer) as app:
        message = await ada.say("Hello /help")
        await ada.edit(message, "Hallo")
        await ada.upload("notes.md", b"# Mass", "Keep /this")
        await ada.send_photo("Look")
        await ada.send_voice()
        await ada.react(message, "👍")
        await ada.block()
        await ada.unblock()
        group = peer.add_group("Physics", [ada], topics=True, bot_admin=True)
        group.add_member(grace)
        topic = group.add_topic("Quanta")
        await grace.say("In the topic", group, topic=topic)
        small = peer.add_group("Small", [ada, grace])
        small.migrate()
        wanted = {update["update_id"] for update in peer.updates.history}
        await told(app, lambda update: update.update_id == max(wanted))
        updates: list[Update] = app.bot_data["updates"]
        assert {update.update_id for update in updates} == wanted
        unknown = [update.to_dict() for update in updates if update.api_kwargs]
        assert unknown == []
    changed = [update.my_chat_member for update in updates if update.my_chat_member]
    assert [one.new_chat_member.status for one in changed] == [
        "kicked",
        "member",
        "administrator",
        "member",
    ]
    in_topic = next(one.message for one in updates if one.message and one.message.text)
    assert in_topic.text == "Hello /help"
    assert in_topic.from_user is not None
    assert in_topic.from_user.language_code == "en"


async def test_a_topic_is_kept(peer: TelegramPeer, ada: Person) -> None:
    group = peer.add_group("Physics", [ada], topics=True)
    topic = group.add_topic("Quanta")
    async with polling(peer) as app:
        await ada.say("/ask What is mass?", group, topic=topic)
        reply = await group.next_message()
        update = await told(app, lambda one: one.message and one.message.text)
    assert reply.topic == topic
    assert update.message is not None
    first = update.message.reply_to_message
    assert first is not None, "as in Telegram, the topic's first message"
    assert first.forum_topic_created is not None


async def test_privacy_in_groups(peer: TelegramPeer, ada: Person, bot: Bot) -> None:
    group = peer.add_group("Physics", [ada])
    mine = await bot.send_message(group.id, "I am here")
    own = group.find(mine.message_id)
    assert own is not None
    for text in ("Nobody's business", "/ask@other_bot a", "@other_bot a", "Try /ask a"):
        await ada.say(text, group)
    await ada.say("/ask a", group)
    await ada.say("/ask@openbook_bot b", group)
    await ada.say("c", reply_to=own)
    await ada.mention("d", group)
    peer.world.mentions_pass_privacy = False
    await ada.mention("e", group)
    peer.world.privacy = False
    await ada.say("f", group)
    texts = [one["message"]["text"][-1] for one in peer.updates.history if "message" in one]
    assert texts == list("abcdf")
    me = await bot.get_me()
    assert me.can_read_all_group_messages is True


async def test_an_administrator_reads_everything(peer: TelegramPeer, ada: Person) -> None:
    group = peer.add_group("Physics", [ada], bot_admin=True)
    await ada.say("Hello", group)
    assert peer.updates.history[-1]["message"]["text"] == "Hello"


async def test_drafts_with_a_stop_button(peer: TelegramPeer, ada: Person) -> None:
    async with polling(peer) as app:
        for text in ("", "Mass", "Mass is energy"):
            await app.bot.send_message_draft(
                ada.id,
                7,
                text,
                entities=[MessageEntity("bold", 0, 4)] if text else None,
                api_kwargs={"can_stop": True, "keep_on_stop": True},
            )
        draft = await ada.private_chat.wait_for_draft("energy")
        assert draft.can_stop
        assert describe(ada.private_chat) == "(writing) Mass is energy"
        await ada.stop()
        update = await told(app, lambda one: one.api_kwargs.get("stopped_message_generation"))
        assert update.api_kwargs["stopped_message_generation"]["draft_id"] == 7
        assert draft.after_stop == 0
        await app.bot.send_message_draft(ada.id, 7, "Mass is energy, too")
        assert draft.after_stop == 1
        await app.bot.send_message(ada.id, "Mass is energy")
        await peer.wait_until_fetched()
    assert ada.private_chat.draft is None


async def test_files_in_and_out(peer: TelegramPeer, ada: Person) -> None:
    async with polling(peer) as app:
        await ada.upload("notes.md", b"# Mass", "Keep this")
        update = await told(app, lambda one: one.message)
        assert update.message is not None
        document = update.message.document
        assert document is not None
        assert (document.file_name, document.file_size) == ("notes.md", 6)
        file = await document.get_file()
        assert bytes(await file.download_as_bytearray()) == b"# Mass"
        await app.bot.send_document(ada.id, b"1,2", filename="figures.csv", caption="Here")
    sent = await ada.private_chat.next_message()
    assert sent.document is not None
    assert (sent.document.name, sent.document.content) == ("figures.csv", b"1,2")
    assert sent.text == "Here"


async def test_a_download_fails(peer: TelegramPeer, ada: Person, bot: Bot) -> None:
    sent = await ada.upload("notes.md", b"# Mass")
    assert sent.document is not None
    file = await bot.get_file(sent.document.file_id)
    peer.fail("download", BadGateway())
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert bytes(await file.download_as_bytearray()) == b"# Mass"


async def test_link_previews(peer: TelegramPeer, ada: Person, bot: Bot) -> None:
    for text in ("See example.com", "See nothing"):
        await bot.send_message(ada.id, text)
    await bot.send_message(
        ada.id, "See example.com", link_preview_options=LinkPreviewOptions(is_disabled=True)
    )
    assert [one.shows_preview for one in ada.private_chat.answers] == [True, False, False]


async def test_menus_by_scope_and_language(peer: TelegramPeer, ada: Person, bot: Bot) -> None:
    wang = peer.add_user("王芳", language="zh-hans")
    group = peer.add_group("Physics", [ada, wang])

    async def put(name: str, scope: Any, language: str = "") -> None:  # noqa: ANN401
        commands = [BotCommand(name, "…")]
        await bot.set_my_commands(commands, scope=scope, language_code=language or None)

    await put("start", None)
    await put("ask", BotCommandScopeAllPrivateChats())
    await put("ask_zh", BotCommandScopeAllPrivateChats(), "zh")
    await put("ask_group", BotCommandScopeAllGroupChats())
    await put("reindex", BotCommandScopeChat(ada.id))

    def seen(person: Person, chat: Any = None) -> list[str]:  # noqa: ANN401
        menu = find_menu(peer.world, chat or person.private_chat, person.user)
        return [command["command"] for command in menu]

    assert seen(ada) == ["reindex"]
    assert seen(wang) == ["ask_zh"]
    assert seen(wang, group) == ["ask_group"]
    await bot.delete_my_commands(scope=BotCommandScopeAllGroupChats())
    assert seen(wang, group) == ["start"]
    stored = await bot.get_my_commands(BotCommandScopeAllPrivateChats(), "zh")
    assert [one.command for one in stored] == ["ask_zh"]
    await bot.set_my_description("Answers from documents", "en")
    assert (await bot.get_my_description("en")).description == "Answers from documents"


async def test_groups_are_described(peer: TelegramPeer, ada: Person, bot: Bot) -> None:
    group = peer.add_group("Physics", [ada, peer.add_user("Grace")], bot_admin=True)
    admins = await bot.get_chat_administrators(group.id)
    assert [one.user.first_name for one in admins] == ["Ada", "Openbook"]
    assert (await bot.get_chat_member(group.id, ada.id)).status == "creator"
    assert (await bot.get_chat(group.id)).title == "Physics"
    await bot.leave_chat(group.id)
    with pytest.raises(Forbidden, match="not a member"):
        await bot.send_message(group.id, "a")


async def test_errors_reach_the_library_as_its_own(
    peer: TelegramPeer, ada: Person, bot: Bot
) -> None:
    group = peer.add_group("Small", [ada])
    moved = group.migrate()
    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(group.id, "a")
    assert migrated.value.new_chat_id == moved.id
    with pytest.raises(BadRequest, match="to be replied not found"):
        await bot.send_message(ada.id, "a", reply_parameters=ReplyParameters(99))
    await ada.block()
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(ada.id, "a")


@pytest.mark.parametrize(
    ("fault", "error", "delivered"),
    [
        (Flood(3), RetryAfter, False),
        (BadGateway(), NetworkError, False),
        (Refused(500, "Internal Server Error"), NetworkError, False),
        (LostReply(), TimedOut, True),
        (Cut(), NetworkError, False),
        (Cut(delivered=True), NetworkError, True),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_faults(
    peer: TelegramPeer, ada: Person, fault: Fault, error: type[Exception], delivered: bool
) -> None:
    async with make_app(peer, seconds=0.2).bot as bot:
        peer.fail("sendMessage", fault)
        with pytest.raises(error):
            await bot.send_message(ada.id, "Once")
        assert [one.text for one in ada.private_chat.answers] == ["Once"] * delivered
        silent = isinstance(fault, LostReply | Cut)
        assert (peer.list_calls("sendMessage")[0].status == 0) == silent
        await bot.send_message(ada.id, "Twice")
    assert ada.private_chat.answers[-1].text == "Twice"


async def test_who_does_not_wait_is_written_down(peer: TelegramPeer, ada: Person, bot: Bot) -> None:
    peer.fail("sendMessage", Flood(3, lasting=True))
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await bot.send_message(ada.id, "Too early")
    assert peer.complaints == ["sendMessage: Too Many Requests: retry after 3"]
    peer.clock.advance(3)
    await bot.send_message(ada.id, "In time")
    peer.floods.clear()


async def test_a_fault_excuses_no_breach(peer: TelegramPeer, ada: Person, bot: Bot) -> None:
    peer.fail("sendMessage", Slow(0.01))
    with pytest.raises(BadRequest, match="too long"):
        await bot.send_message(ada.id, "a" * 4097)
    assert peer.complaints == ["sendMessage: Bad Request: message is too long"]
    peer.violations.clear()


async def test_a_fault_for_some_requests_alone(peer: TelegramPeer, ada: Person, bot: Bot) -> None:
    peer.faults.plan(
        "*", Refused(), times=None, concerns=lambda params: params.get("text") == "Bad"
    )
    peer.fail("sendMessage", Slow(0.01))
    for _ in range(2):
        await bot.send_message(ada.id, "Good")
        with pytest.raises(NetworkError):
            await bot.send_message(ada.id, "Bad")
    peer.faults.clear()
    await bot.send_message(ada.id, "Bad")
    assert [one.text for one in ada.private_chat.answers] == ["Good", "Good", "Bad"]


async def test_an_update_comes_again_until_it_is_confirmed(
    peer: TelegramPeer, ada: Person, bot: Bot
) -> None:
    await ada.say("First")
    await ada.say("Second")
    peer.fail("getUpdates", Cut(delivered=True))
    with pytest.raises(NetworkError):
        await bot.get_updates()
    first, second = await bot.get_updates()
    (again,) = await bot.get_updates(offset=second.update_id)
    assert (first.message and first.message.text, again.message and again.message.text) == (
        "First",
        "Second",
    )
    assert await bot.get_updates(offset=second.update_id + 1) == ()
    assert peer.updates.pending == []


async def test_a_long_poll_ends_with_an_update(peer: TelegramPeer, ada: Person, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await peer.updates.confirmed.wait_for(lambda: peer.updates.polled, 10)
    await ada.say("Hello")
    (update,) = await waiting
    assert update.message is not None


async def test_a_second_copy_of_the_bot_ends_the_first_ones_poll(
    peer: TelegramPeer, ada: Person, bot: Bot
) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await peer.updates.confirmed.wait_for(lambda: peer.updates.polled, 10)
    second = asyncio.create_task(bot.get_updates(timeout=30))
    with pytest.raises(Conflict, match="only one bot instance"):
        await first
    await ada.say("Hello")
    assert len(await second) == 1


async def test_only_asked_for_kinds_of_updates_are_made(
    peer: TelegramPeer, ada: Person, bot: Bot
) -> None:
    message = await ada.say("Hello")
    await ada.react(message, "👍")  # not told unless asked for
    assert len(peer.updates.history) == 1
    await bot.get_updates(allowed_updates=["message_reaction"])
    await ada.say("Unheard")
    await ada.react(message)
    assert [list(update)[1] for update in peer.updates.history] == ["message", "message_reaction"]


@asynccontextmanager
async def webhook(app: App, secret: str) -> AsyncIterator[str]:
    """The address of a small server that hands updates to the bot."""

    async def take(request: web.Request) -> web.Response:
        if request.headers.get("X-Telegram-Bot-Api-Secret-Token") != secret:
            return web.Response(status=403)
        await app.update_queue.put(Update.de_json(await request.json(), app.bot))
        return web.Response()

    server = web.Application()
    server.router.add_post("/telegram", take)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_webhook_with_a_secret(peer: TelegramPeer, ada: Person) -> None:
    app = make_app(peer)
    async with app, webhook(app, "sesame") as address:
        await app.start()
        peer.forward["https://bot.example.org"] = address
        await app.bot.set_webhook("https://bot.example.org/telegram", secret_token="sesame")
        await ada.say("Hello")
        assert (await ada.private_chat.next_message()).text == "You said Hello"
        with pytest.raises(Conflict, match="webhook is active"):
            await app.bot.get_updates()
        await app.bot.set_webhook("https://bot.example.org/telegram", secret_token="wrong")
        await ada.say("Unheard")
        await peer.updates.failed.wait_for(lambda: peer.updates.last_error, 5)
        info = await app.bot.get_webhook_info()
        assert (info.pending_update_count, info.last_error_message) == (
            1,
            "Wrong response from the webhook: 403 Forbidden",
        )
        await app.bot.set_webhook("https://bot.example.org/telegram", secret_token="sesame")
        await ada.private_chat.wait_for_text("Unheard")
        await app.bot.delete_webhook()
        await app.stop()


async def test_a_webhook_wants_https(peer: TelegramPeer, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="https url must be provided"):
        await bot.set_webhook("http://bot.example.org/telegram")
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("https://bot.example.org/telegram", secret_token="open sesame")
    assert len(peer.violations) == 2
    peer.violations.clear()


async def test_a_wrong_token(peer: TelegramPeer) -> None:
    wrong = Bot("1:wrong", f"{peer.url}/bot", request=HTTPXRequest())
    with pytest.raises(InvalidToken):
        await wrong.initialize()
    await wrong.shutdown()


async def test_a_fast_clock(ada: Person) -> None:
    from tests.peers.telegram import Clock

    async with TelegramPeer(clock=Clock(speed=100)) as peer, make_app(peer).bot as bot:
        assert await bot.get_updates(timeout=20) == ()  # 0.2 s of ours


async def test_people_do_only_what_they_can(peer: TelegramPeer, ada: Person) -> None:
    group = peer.add_group("Physics", [peer.add_user("Grace")])
    with pytest.raises(AssertionError, match="Ada is not in Physics"):
        await ada.say("Hello", group)
    with pytest.raises(AssertionError, match="in parts"):
        await ada.say("a" * 4097)
    await ada.block()
    with pytest.raises(AssertionError, match="blocked"):
        await ada.say("Hello")
