"""What Telegram refuses, the Telegram peer refuses in the same words and writes down: each bad
request is sent as it is, without a library that might mend it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.peers.telegram import (
    UNLIMITED,
    Group,
    Message,
    Person,
    Rates,
    TelegramPeer,
    describe,
    schema,
)
from tests.peers.telegram.server import METHODS

JSON = dict[str, Any]


@dataclass
class Bot:
    """Calls the peer as any program could; keeps what was answered."""

    peer: TelegramPeer
    session: aiohttp.ClientSession
    ada: Person
    group: Group

    async def call(self, method: str, **params: object) -> JSON:
        url = f"{self.peer.url}/bot{self.peer.token}/{method}"
        async with self.session.post(url, json=params) as response:
            answer: JSON = await response.json()
        assert response.status == answer.get("error_code", 200)
        return answer

    async def send(self, text: str = "Hello", chat_id: int = 0, **params: object) -> Message:
        chat = self.peer.world.chats[chat_id or self.ada.id]
        answer = await self.call("sendMessage", chat_id=chat.id, text=text, **params)
        assert answer["ok"], answer
        message = chat.find(answer["result"]["message_id"])
        assert message is not None
        return message

    async def refused(self, method: str, **params: object) -> str:
        """The words of the refusal, which is a violation."""
        before = len(self.peer.violations)
        answer = await self.call(method, **params)
        assert not answer["ok"], answer
        assert [one.description for one in self.peer.violations[before:]] == [answer["description"]]
        return str(answer["description"])

    async def unlucky(self, method: str, **params: object) -> str:
        """The words of a refusal that is nobody's fault."""
        before = len(self.peer.violations)
        answer = await self.call(method, **params)
        assert not answer["ok"], answer
        assert len(self.peer.violations) == before
        return str(answer["description"])


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with TelegramPeer(rates=UNLIMITED) as peer, aiohttp.ClientSession() as session:
        ada = peer.add_user("Ada", started=True)
        yield Bot(peer, session, ada, peer.add_group("Physics", [ada], topics=True))


def mark(offset: int, length: int, kind: str = "bold", **more: str) -> JSON:
    return {"type": kind, "offset": offset, "length": length, **more}


def keyboard(*buttons: JSON) -> JSON:
    return {"inline_keyboard": [list(buttons)]}


MANY = [mark(2 * place, 1) for place in range(101)]
BIG_KEYBOARD = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]] * 101}
ROW = keyboard(*[{"text": "a", "callback_data": "a"}] * 9)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "a" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "a", "parse_mode": "HTML"}, "send entities instead of parse_mode"),
        ({"text": "abc", "entities": [mark(0, 4)]}, "ends after the end of the text"),
        ({"text": "abc", "entities": [mark(3, 1)]}, "begins after the end of the text"),
        ({"text": "abc", "entities": [mark(-1, 1)]}, "incorrect offset -1"),
        ({"text": "abc", "entities": [mark(0, 0)]}, "length 0"),
        ({"text": "😀b", "entities": [mark(1, 1)]}, "begins in a middle of a UTF-16 symbol"),
        ({"text": "😀b", "entities": [mark(0, 1)]}, "ends in a middle of a UTF-16 symbol"),
        ({"text": "abcd", "entities": [mark(0, 3), mark(2, 2)]}, "ends after the end of the"),
        ({"text": "abc", "entities": [mark(0, 1, "shiny")]}, "Unsupported type specified"),
        ({"text": "abc", "entities": [mark(0, 1, "text_link", url="x")]}, "Wrong HTTP URL"),
        ({"text": "ab" * 101, "entities": MANY}, "101 entities"),
        (
            {"text": "a", "reply_markup": keyboard({"text": "a", "callback_data": "é" * 33})},
            "BUTTON_DATA_INVALID",
        ),
        (
            {"text": "a", "reply_markup": keyboard({"text": "a", "callback_data": ""})},
            "BUTTON_DATA_INVALID",
        ),
        ({"text": "a", "reply_markup": keyboard({"text": "a"})}, "Text buttons are unallowed"),
        (
            {"text": "a", "reply_markup": keyboard({"text": "a", "url": "http://localhost/"})},
            "Wrong HTTP URL",
        ),
        (
            {"text": "a", "reply_markup": keyboard({"text": " ", "callback_data": "a"})},
            "must be non-empty",
        ),
        ({"text": "a", "reply_markup": BIG_KEYBOARD}, "reply markup is too long"),
        ({"text": "a", "reply_markup": ROW}, "9 buttons in a row"),
        ({"text": "a", "entities": [{"type": "bold"}]}, "entities[0] must contain"),
        ({"text": "a", "link_preview_options": {"disabled": True}}, "must not contain"),
        ({}, "must contain ['text']"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_message_is_refused(bot: Bot, params: JSON, words: str) -> None:
    assert words in await bot.refused("sendMessage", chat_id=bot.ada.id, **params)
    assert bot.ada.private_chat.messages == []


async def test_texts_up_to_the_limit_are_taken(bot: Bot) -> None:
    for text in ("a" * 4096, "😀" * 2048, " " + "a" * 4096 + "\n"):
        assert (await bot.send(text)).text == text.strip()
    button = {"text": "a", "callback_data": "a" * 64}
    marks = [mark(2 * place, 1) for place in range(100)]
    await bot.send("ab" * 100, entities=marks, reply_markup=keyboard(*[button] * 8))
    assert bot.peer.violations == []


async def test_white_space_around_goes_and_entities_move(bot: Bot) -> None:
    message = await bot.send("  😀 bold ", entities=[mark(5, 5)])
    assert message.text == "😀 bold"
    assert message.marked("bold") == ["bold"]


async def test_links_mentions_and_commands_are_marked_outside_code(bot: Bot) -> None:
    text = "See example.com, /help, @ada_l and https://a.example.org/x or `b.com`"
    message = await bot.send(text, entities=[mark(text.index("`"), 7, "code")])
    assert message.marked("url") == ["example.com", "https://a.example.org/x"]
    assert message.marked("bot_command") == ["/help"]
    assert message.marked("mention") == ["@ada_l"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": "Hello"}, "message is not modified"),
        ({"text": " Hello\n"}, "message is not modified"),
    ],
)
async def test_an_edit_that_changes_nothing(bot: Bot, params: JSON, words: str) -> None:
    message = await bot.send("Hello")
    said = await bot.unlucky("editMessageText", chat_id=bot.ada.id, message_id=message.id, **params)
    assert words in said
    assert len(message.versions) == 1


async def test_edits_are_refused(bot: Bot) -> None:
    own = await bot.send("Hello")
    hers = await bot.ada.say("Hi")
    edit = {"chat_id": bot.ada.id, "text": "Other"}
    assert "to edit not found" in await bot.unlucky("editMessageText", message_id=99, **edit)
    assert "can't be edited" in await bot.refused("editMessageText", message_id=hers.id, **edit)
    assert "not specified" in await bot.refused("editMessageText", **edit)
    edit["text"] = "a" * 4097
    assert "MESSAGE_TOO_LONG" in await bot.refused("editMessageText", message_id=own.id, **edit)
    await bot.ada.delete(own)
    edit["text"] = "Other"
    assert "not found" in await bot.unlucky("editMessageText", message_id=own.id, **edit)


async def test_buttons_alone_are_edited_without_a_mark(bot: Bot) -> None:
    message = await bot.send(reply_markup=keyboard({"text": "👍", "callback_data": "up"}))
    edit = {"chat_id": bot.ada.id, "message_id": message.id}
    assert (await bot.call("editMessageReplyMarkup", **edit))["ok"]
    assert message.labels == ()
    assert message.edited is None
    assert "not modified" in await bot.unlucky("editMessageReplyMarkup", **edit)


async def test_replies(bot: Bot) -> None:
    hers = await bot.ada.say("What is mass?")
    reply: JSON = {"message_id": hers.id}
    assert (await bot.send(reply_parameters=reply)).reply_to is hers
    assert (await bot.send(reply_parameters=reply | {"quote": "mass"})).quote == "mass"
    to_ada: JSON = {"chat_id": bot.ada.id, "text": "a"}
    wrong = reply | {"quote": "energy"}
    said = await bot.refused("sendMessage", **to_ada, reply_parameters=wrong)
    assert "QUOTE_TEXT_INVALID" in said
    await bot.ada.delete(hers)
    said = await bot.unlucky("sendMessage", **to_ada, reply_parameters=reply)
    assert said == "Bad Request: message to be replied not found"
    kept = reply | {"allow_sending_without_reply": True}
    assert (await bot.send(reply_parameters=kept)).reply_to is None


async def test_chats_that_cannot_be_written_to(bot: Bot) -> None:
    grace = bot.peer.add_user("Grace")

    async def try_to_write(chat_id: int) -> str:
        return await bot.unlucky("sendMessage", chat_id=chat_id, text="a")

    assert await try_to_write(1) == "Bad Request: chat not found"
    assert "can't initiate conversation with a user" in await try_to_write(grace.id)
    await grace.say("/start")
    await bot.send(chat_id=grace.id)
    await grace.block()
    assert await try_to_write(grace.id) == "Forbidden: bot was blocked by the user"
    await grace.unblock()
    await bot.send(chat_id=grace.id)
    group = bot.peer.add_group("Small", [grace])
    group.kick_bot()
    assert await try_to_write(group.id) == "Forbidden: bot was kicked from the group chat"
    bot.group.kick_bot()
    said = await try_to_write(bot.group.id)
    assert said == "Forbidden: bot was kicked from the supergroup chat"


async def test_a_group_moves(bot: Bot) -> None:
    group = bot.peer.add_group("Small", [bot.ada])
    moved = group.migrate()
    answer = await bot.call("sendMessage", chat_id=group.id, text="a")
    assert answer["error_code"] == 400
    assert answer["parameters"] == {"migrate_to_chat_id": moved.id}
    await bot.send(chat_id=moved.id)
    services = [update["message"] for update in bot.peer.updates.history if "message" in update]
    assert [one.get("migrate_to_chat_id") for one in services] == [moved.id, None]
    assert services[1]["migrate_from_chat_id"] == group.id


async def test_topics(bot: Bot) -> None:
    topic = bot.group.add_topic("Quanta")
    message = await bot.send(chat_id=bot.group.id, message_thread_id=topic)
    assert message.topic == topic
    other: JSON = {"chat_id": bot.group.id, "text": "a"}
    said = await bot.unlucky("sendMessage", **other, message_thread_id=topic + 9)
    assert said == "Bad Request: message thread not found"
    bot.group.close_topic(topic)
    said = await bot.unlucky("sendMessage", **other, message_thread_id=topic)
    assert said == "Bad Request: TOPIC_CLOSED"


async def test_drafts(bot: Bot) -> None:
    chat = bot.ada.private_chat
    draft: JSON = {"chat_id": bot.ada.id, "draft_id": 7}
    for text in ("", "Mass", "Mass is"):
        assert (await bot.call("sendMessageDraft", **draft, text=text))["ok"]
    assert chat.draft is not None
    assert [text for _, text in chat.draft.texts] == ["", "Mass", "Mass is"]
    bot.peer.clock.advance(31)
    assert chat.draft is None
    await bot.call("sendMessageDraft", **draft, text="Mass is energy")
    assert chat.draft is not None
    await bot.send("Mass is energy.")
    assert chat.draft is None
    assert len(chat.drafts) == 1


async def test_drafts_are_refused(bot: Bot) -> None:
    said = await bot.refused("sendMessageDraft", chat_id=bot.group.id, draft_id=1, text="a")
    assert said == "Bad Request: TEXTDRAFT_PEER_INVALID"
    said = await bot.refused("sendMessageDraft", chat_id=bot.ada.id, draft_id=0, text="a")
    assert "non-zero" in said
    long = "a" * 4097
    said = await bot.refused("sendMessageDraft", chat_id=bot.ada.id, draft_id=1, text=long)
    assert "too long" in said


@pytest.mark.parametrize("keep", [True, False])
async def test_a_draft_is_stopped(bot: Bot, keep: bool) -> None:
    draft: JSON = {"chat_id": bot.ada.id, "draft_id": 7, "text": "Mass"}
    await bot.call("sendMessageDraft", **draft, can_stop=True, keep_on_stop=keep)
    await bot.ada.stop()
    assert (bot.ada.private_chat.draft is not None) == keep
    update = bot.peer.updates.history[-1]["stopped_message_generation"]
    assert update["draft_id"] == 7
    assert update["chat"]["id"] == bot.ada.id


async def test_callback_answers(bot: Bot) -> None:
    message = await bot.send(reply_markup=keyboard({"text": "👍", "callback_data": "up"}))
    press = bot.ada.start_press(message, "👍")
    assert bot.peer.unanswered == [press]
    assert bot.peer.complaints == ["the button 'up' was never answered"]
    answer: JSON = {"callback_query_id": press.id}
    said = await bot.refused("answerCallbackQuery", **answer, text="a" * 201)
    assert said == "Bad Request: MESSAGE_TOO_LONG"
    assert (await bot.call("answerCallbackQuery", **answer, text="a" * 200))["ok"]
    assert bot.peer.unanswered == []
    said = await bot.unlucky("answerCallbackQuery", callback_query_id="none")
    assert "query is too old" in said


async def test_a_button_without_answer_fails_the_test(bot: Bot) -> None:
    message = await bot.send(reply_markup=keyboard({"text": "👍", "callback_data": "up"}))
    with pytest.raises(AssertionError, match="without answer"):
        await bot.ada.press(message, "👍", seconds=0.01)


async def test_waiting_in_vain_shows_the_chat(bot: Bot) -> None:
    await bot.ada.say("Anybody?")
    with pytest.raises(AssertionError, match=r"Ada: Anybody\?"):
        await bot.ada.private_chat.next_message(0.01)


async def test_reactions_and_actions(bot: Bot) -> None:
    hers = await bot.ada.say("Thanks")
    react: JSON = {"chat_id": bot.ada.id, "message_id": hers.id}
    emoji = {"type": "emoji", "emoji": "👀"}
    assert (await bot.call("setMessageReaction", **react, reaction=[emoji]))["ok"]
    assert hers.reactions == {bot.peer.world.bot.id: ["👀"]}
    wrong = {"type": "emoji", "emoji": "🦔"}
    said = await bot.refused("setMessageReaction", **react, reaction=[wrong])
    assert "REACTION_INVALID" in said
    said = await bot.refused("setMessageReaction", **react, reaction=[emoji, emoji])
    assert "REACTIONS_TOO_MANY" in said
    assert (await bot.call("sendChatAction", chat_id=bot.ada.id, action="typing"))["ok"]
    assert [action for _, action, _ in bot.ada.private_chat.actions] == ["typing"]
    said = await bot.refused("sendChatAction", chat_id=bot.ada.id, action="thinking")
    assert "wrong parameter action" in said


async def test_deleting(bot: Bot) -> None:
    own = await bot.send(chat_id=bot.group.id)
    hers = await bot.ada.say("/ask", bot.group)
    delete: JSON = {"chat_id": bot.group.id}
    said = await bot.refused("deleteMessage", **delete, message_id=hers.id)
    assert said == "Bad Request: message can't be deleted"
    assert (await bot.call("deleteMessage", **delete, message_id=own.id))["ok"]
    assert bot.group.messages == [hers]
    said = await bot.unlucky("deleteMessage", **delete, message_id=own.id)
    assert said == "Bad Request: message to delete not found"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"commands": [{"command": "Ask", "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a" * 33, "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "ask", "description": " "}]}, "DESCRIPTION_INVALID"),
        ({"commands": [{"command": "ask", "description": "a" * 257}]}, "DESCRIPTION_INVALID"),
        ({"commands": [{"command": "a", "description": "a"}] * 101}, "TOO_MUCH"),
        ({"commands": [], "language_code": "zh-hans"}, "invalid language code"),
        ({"commands": [], "scope": {"type": "nobody"}}, "cannot be validated"),
    ],
)
async def test_menus_are_refused(bot: Bot, params: JSON, words: str) -> None:
    assert words in await bot.refused("setMyCommands", **params)


async def test_names_and_descriptions(bot: Bot) -> None:
    for method, name, most in (
        ("MyName", "name", 64),
        ("MyDescription", "description", 512),
        ("MyShortDescription", "short_description", 120),
    ):
        assert (await bot.call(f"set{method}", **{name: "书" * most, "language_code": "zh"}))["ok"]
        await bot.refused(f"set{method}", **{name: "a" * (most + 1)})
        got = await bot.call(f"get{method}", language_code="zh")
        assert got["result"] == {name: "书" * most}
    assert (await bot.call("getMyName"))["result"] == {"name": "Openbook"}


async def test_what_telegram_does_not_know(bot: Bot) -> None:
    assert await bot.refused("sendMesage") == "Not Found: method not found"
    answer = await bot.call("sendMessage", chat_id=bot.ada.id, text="a", reply_to_message_id=1)
    assert answer["ok"]  # Telegram passes over what it does not know
    assert bot.peer.violations[-1].description == (
        "sendMessage has no parameter reply_to_message_id"
    )


async def test_methods_in_any_case_and_by_address(bot: Bot) -> None:
    url = f"{bot.peer.url}/bot{bot.peer.token}/SENDMESSAGE?chat_id={bot.ada.id}&text=Hello"
    async with bot.session.get(url) as response:
        assert (await response.json())["result"]["text"] == "Hello"


async def test_a_wrong_token(bot: Bot) -> None:
    async with bot.session.get(f"{bot.peer.url}/bot1:wrong/getMe") as response:
        assert response.status == 401
        assert (await response.json())["description"] == "Unauthorized"


async def test_files(bot: Bot) -> None:
    sent = await bot.ada.upload("notes.md", b"# Mass", "Keep this")
    assert sent.document is not None
    got = await bot.call("getFile", file_id=sent.document.file_id)
    url = f"{bot.peer.url}/file/bot{bot.peer.token}/{got['result']['file_path']}"
    async with bot.session.get(url) as response:
        assert await response.read() == b"# Mass"
    async with bot.session.get(f"{bot.peer.url}/file/bot{bot.peer.token}/none") as response:
        assert response.status == 404
    large = await bot.ada.upload("film.pdf", b"", size=20 * 1024 * 1024 + 1)
    assert large.document is not None
    said = await bot.refused("getFile", file_id=large.document.file_id)
    assert said == "Bad Request: file is too big"
    said = await bot.refused("sendDocument", chat_id=bot.ada.id, document="none")
    assert "wrong file identifier" in said
    document = sent.document.file_id
    said = await bot.refused(
        "sendDocument", chat_id=bot.ada.id, document=document, caption="a" * 1025
    )
    assert said == "Bad Request: message caption is too long"


async def test_a_chat_floods(bot: Bot) -> None:
    async with TelegramPeer() as peer:
        ada = peer.add_user("Ada", started=True)
        quick = Bot(peer, bot.session, ada, peer.add_group("Physics", [ada]))
        for _ in range(5):
            await quick.send()
        answer = await quick.call("sendMessage", chat_id=ada.id, text="a")
        assert answer["error_code"] == 429
        wait = answer["parameters"]["retry_after"]
        assert answer["description"] == f"Too Many Requests: retry after {wait}"
        assert len(peer.floods) == 1
        peer.clock.advance(wait)
        await quick.send()
        assert peer.violations == []


async def test_a_group_floods_counting_edits(bot: Bot) -> None:
    rates = Rates(chat_per_second=1e9, chat_burst=10**9, all_per_second=10**9)
    async with TelegramPeer(rates=rates) as peer:
        ada = peer.add_user("Ada", started=True)
        group = peer.add_group("Physics", [ada])
        quick = Bot(peer, bot.session, ada, group)
        message = await quick.send(chat_id=group.id)
        edit = {"chat_id": group.id, "message_id": message.id}
        for count in range(19):
            assert (await quick.call("editMessageText", **edit, text=f"Part {count}"))["ok"]
        answer = await quick.call("editMessageText", **edit, text="The end")
        assert 50 <= answer["parameters"]["retry_after"] <= 60
        peer.clock.advance(answer["parameters"]["retry_after"])
        assert (await quick.call("editMessageText", **edit, text="The end"))["ok"]


async def test_all_chats_flood_together(bot: Bot) -> None:
    async with TelegramPeer(rates=Rates(all_per_second=30)) as peer:
        people = [peer.add_user(f"Reader {n}", started=True) for n in range(31)]
        quick = Bot(peer, bot.session, people[0], bot.group)
        for person in people[:30]:
            await quick.send(chat_id=person.id)
        answer = await quick.call("sendMessage", chat_id=people[30].id, text="a")
        assert answer["error_code"] == 429


async def test_drafts_flood(bot: Bot) -> None:
    async with TelegramPeer() as peer:
        ada = peer.add_user("Ada", started=True)
        quick = Bot(peer, bot.session, ada, bot.group)
        draft: JSON = {"chat_id": ada.id, "draft_id": 1}
        for count in range(4):
            assert (await quick.call("sendMessageDraft", **draft, text=f"{count}"))["ok"]
        assert (await quick.call("sendMessageDraft", **draft, text="5"))["error_code"] == 429
        await quick.send()  # drafts and messages are counted apart


async def test_several_are_deleted_at_once(bot: Bot) -> None:
    ids = [(await bot.send(f"{n}")).id for n in range(3)]
    delete: JSON = {"chat_id": bot.ada.id}
    assert (await bot.call("deleteMessages", **delete, message_ids=[*ids[:2], 99]))["ok"]
    assert [one.text for one in bot.ada.private_chat.messages] == ["2"]
    said = await bot.refused("deleteMessages", **delete, message_ids=list(range(1, 102)))
    assert "more than 100" in said


async def test_a_document_has_no_text_to_edit(bot: Bot) -> None:
    sent = await bot.ada.upload("notes.md", b"# Mass")
    assert sent.document is not None
    await bot.call("sendDocument", chat_id=bot.ada.id, document=sent.document.file_id)
    edit: JSON = {"chat_id": bot.ada.id, "message_id": sent.id + 1, "text": "a"}
    assert "there is no text" in await bot.refused("editMessageText", **edit)


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("getFile", {"file_id": "none"}, "invalid file_id"),
        ("setWebhook", {"url": "https://a.org", "secret_token": "a" * 257}, "too long"),
        ("setWebhook", {"url": "https://a.org", "max_connections": 101}, "max_connections"),
        ("setWebhook", {"url": 1}, "must be string"),
        ("sendMessage", {"chat_id": 1.5, "text": "a"}, "cannot be validated"),
    ],
)
async def test_other_requests_are_refused(bot: Bot, method: str, params: JSON, words: str) -> None:
    assert words in await bot.refused(method, **params)


async def test_members(bot: Bot) -> None:
    private: JSON = {"chat_id": bot.ada.id}
    assert "no administrators" in await bot.refused("getChatAdministrators", **private)
    assert "private chats" in await bot.refused("leaveChat", **private)
    said = await bot.unlucky("getChatMember", chat_id=bot.group.id, user_id=1)
    assert said == "Bad Request: member not found"
    me = await bot.call("getChatMember", chat_id=bot.group.id, user_id=bot.peer.world.bot.id)
    assert me["result"]["status"] == "member"


async def test_pending_updates_are_dropped_on_demand(bot: Bot) -> None:
    await bot.ada.say("Hello")
    await bot.call("setWebhook", url="", drop_pending_updates=True)
    assert bot.peer.updates.pending == []
    for text in "abc":
        await bot.ada.say(text)
    last = await bot.call("getUpdates", offset=-1)
    assert [one["message"]["text"] for one in last["result"]] == ["c"]
    bot.peer.updates.publish_again(last["result"][0])
    assert len((await bot.call("getUpdates"))["result"]) == 2


async def test_a_webhook_that_nobody_answers(bot: Bot) -> None:
    answer = await bot.call("setWebhook", url="http://127.0.0.1:1/bot", allowed_updates=["message"])
    assert answer["ok"]
    await bot.ada.say("Hello")
    await bot.peer.updates.failed.wait_for(lambda: bot.peer.updates.last_error, 5)
    info = (await bot.call("getWebhookInfo"))["result"]
    assert info["last_error_message"] == "Connection refused"
    assert info["allowed_updates"] == ["message"]
    assert (await bot.call("setWebhook", url="", drop_pending_updates=True))["ok"]
    assert (await bot.call("getWebhookInfo"))["result"]["url"] == ""


async def test_a_form_field_that_is_no_json(bot: Bot) -> None:
    url = f"{bot.peer.url}/bot{bot.peer.token}/sendMessage"
    fields = {"chat_id": str(bot.ada.id), "text": "a", "entities": "[{"}
    async with bot.session.post(url, data=fields) as response:
        assert (await response.json())["description"] == (
            "Bad Request: can't parse entities JSON object"
        )
    assert len(bot.peer.violations) == 1


async def test_a_transcript(bot: Bot) -> None:
    topic = bot.group.add_topic("Quanta")
    hers = await bot.ada.say("/ask What is mass?", bot.group, topic=topic)
    buttons = keyboard({"text": "👍", "callback_data": "a"}, {"text": "👎", "callback_data": "b"})
    await bot.send(
        "Energy [1]\n\n1. physics.md",
        chat_id=bot.group.id,
        reply_parameters={"message_id": hers.id},
        reply_markup=buttons,
    )
    await bot.ada.upload("notes.md", b"", "Keep this", bot.group)
    assert describe(bot.group) == (
        "(forum topic created)\n"
        "Ada in Quanta: /ask What is mass?\n"
        "Openbook in Quanta (to Ada: /ask What is mass?): Energy [1]\n"
        "\n"
        "    1. physics.md\n"
        "    [👍] [👎]\n"
        "Ada [notes.md]: Keep this"
    )


def test_the_peer_checks_itself() -> None:
    with pytest.raises(AssertionError, match="The peer's own Update"):
        schema.check_update({"update_id": 1, "message": {"text": "a"}})
    with pytest.raises(AssertionError, match="The peer's own result of getMe"):
        schema.check_result("getMe", {"id": 1})


async def test_every_method_has_its_schema(bot: Bot) -> None:
    assert all(schema.find_method(method) == method for method in METHODS)
    assert schema.find_method("getUpdates") == "getUpdates"
