"""Telegram's updates, as its Bot API delivers them, read as messages for the desk."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Update

from adapters.telegram.reading import Account, Place, Said, read_update
from bot.nouns import Asker, Message

JSON = dict[str, Any]

BOT = Account(7, "openbook_bot", frozenset(("ask", "start", "reindex")))
BOT_USER: JSON = {"id": 7, "is_bot": True, "first_name": "Openbook", "username": "openbook_bot"}
OTHER_BOT: JSON = {"id": 8, "is_bot": True, "first_name": "News", "username": "news_bot"}
ADA: JSON = {
    "id": 5_000_000_001,
    "is_bot": False,
    "first_name": "Ada",
    "last_name": "L.",
    "language_code": "en",
}
LI: JSON = {"id": 42, "is_bot": False, "first_name": "李雷", "language_code": "zh-hans"}
ANONYMOUS: JSON = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
CHANNEL_BOT: JSON = {
    "id": 136817688,
    "is_bot": True,
    "first_name": "Channel",
    "username": "Channel_Bot",
}
PRIVATE: JSON = {"id": ADA["id"], "type": "private", "first_name": "Ada"}
GROUP: JSON = {"id": -100, "type": "group", "title": "Shop"}
FORUM: JSON = {"id": -1000000000100, "type": "supergroup", "title": "Shop", "is_forum": True}
CHANNEL: JSON = {"id": -1000000000200, "type": "channel", "title": "Shop news"}
SENT = 1_780_000_000
DOCUMENT: JSON = {
    "file_id": "f1",
    "file_unique_id": "u1",
    "file_name": "手册.pdf",
    "file_size": 12,
}


async def fetch(file_id: str) -> bytes:
    return f"content of {file_id}".encode()


def say(text: str = "", chat: JSON = PRIVATE, user: JSON | None = ADA, **more: Any) -> JSON:  # noqa: ANN401  (JSON)
    """A message; names of the bot in it are marked as Telegram marks them."""
    message: JSON = {"message_id": 3, "date": SENT, "chat": chat, **more}
    if user is not None:
        message["from"] = user
    if text:
        message["text"] = text
        message.setdefault("entities", find_names(text))
    return message


def find_names(text: str) -> list[JSON]:
    at = text.lower().find("@openbook_bot")
    offset = len(text[:at].encode("utf-16-le")) // 2
    return [] if at < 0 else [{"type": "mention", "offset": offset, "length": 13}]


def read(body: JSON, kind: str = "message", number: int = 9) -> Said | None:
    return read_update(Update.de_json({"update_id": number, kind: body}, None), BOT, fetch)


def understand(body: JSON, kind: str = "message", number: int = 9) -> Said:
    said = read(body, kind, number)
    assert said is not None
    return said


def test_a_private_message() -> None:
    said = understand(say("When do parcels leave?"))
    asker = Asker("telegram", "5000000001", "Ada L.", "en")
    assert said.place == Place(5_000_000_001, private=True)
    assert (said.number, said.press, said.in_place) == (3, "", False)
    message = said.message
    assert (message.event_id, message.text) == ("telegram:5000000001/3", "When do parcels leave?")
    assert (message.asker, message.chat.private) == (asker, True)
    assert message.chat.key == "telegram:/5000000001/"
    assert message.time == datetime.fromtimestamp(SENT, UTC)
    assert (message.quoted, message.replaces, message.attachment) == ("", "", None)


def test_the_language_and_name_of_the_asker() -> None:
    assert understand(say("你好", user=LI)).message.asker == Asker(
        "telegram", "42", "李雷", "zh-hans"
    )
    silent = {"id": 1, "is_bot": False, "first_name": "X"}
    assert understand(say("Hi", user=silent)).message.asker == Asker("telegram", "1", "X")


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("/ask When?", "/ask When?"),
        ("/ask@openbook_bot When?", "/ask When?"),
        ("/ASK@OpenBook_Bot When?", "/ASK When?"),
        ("/ask@openbook_bot", "/ask"),
        ("/ask@openbook_bot\nWhen?", "/ask\nWhen?"),
        ("/ask@openbook_bot什么时候发货？", "/ask什么时候发货？"),
        ("@openbook_bot when?", "when?"),
        ("@OpenBook_Bot, when?", "when?"),
        ("@openbook_bot: when?", "when?"),
        ("@openbook_bot，什么时候发货？", "什么时候发货？"),
        ("@openbook_bot：什么时候发货？", "什么时候发货？"),
        ("@openbook_bot\u3000什么时候发货？", "什么时候发货？"),
        ("什么时候发货？ @openbook_bot", "什么时候发货？"),
        ("😀 so @openbook_bot when?", "😀 so  when?"),
        ("When, @openbook_bot?", "When, ?"),
        ("When? @openbook_bot", "When?"),
        ("@openbook_bot", "/ask"),
    ],
)
def test_whoever_names_the_bot_in_a_group(text: str, read_as: str) -> None:
    assert understand(say(text, GROUP)).message.text == read_as


@pytest.mark.parametrize(
    "text",
    [
        "When do parcels leave?",
        "/ask@news_bot When?",
        "/ask@news_bot what @openbook_bot says",
        "/weather",
        "/asking for a friend",
        "@openbook_bot2 when?",
        "@news_bot when?",
    ],
)
def test_what_a_group_says_to_others(text: str) -> None:
    entities = [] if "openbook_bot2" in text else find_names(text)
    assert read(say(text, GROUP, entities=entities)) is None
    assert read(say(text, FORUM, entities=entities)) is None


def test_a_name_that_is_part_of_another_stays() -> None:
    for text in ("Ask @openbook_bot2 or me", "Write to me@openbook_bot.example"):
        assert understand(say(text, entities=[])).message.text == text


def test_a_command_with_the_name_of_another_bot_stays_as_it_is() -> None:
    text = "/ask@news_bot about @openbook_bot"
    assert understand(say(text)).message.text == text


@pytest.mark.parametrize("text", ["/etc/hosts: what is that, @openbook_bot?", "/weather?"])
def test_a_slash_is_no_reason_to_overhear_who_speaks_to_the_bot(text: str) -> None:
    earlier = say("It is noon.", GROUP, BOT_USER)
    assert read(say(text, GROUP, reply_to_message=earlier)) is not None


def test_a_mention_of_somebody_without_a_username() -> None:
    mark = {"type": "text_mention", "offset": 0, "length": 8}
    said = read(say("Openbook when?", GROUP, entities=[{**mark, "user": BOT_USER}]))
    assert said is not None
    assert read(say("Grace and I", GROUP, entities=[{**mark, "user": LI}])) is None


def test_names_in_captions() -> None:
    caption: JSON = {"caption": "What is this, @openbook_bot", "photo": []}
    marks: JSON = {"caption_entities": find_names("What is this, @openbook_bot")}
    assert understand(say("", GROUP, **caption, **marks)).message.text == "What is this"
    assert read(say("", GROUP, caption="A parcel", photo=[])) is None
    assert understand(say("", GROUP, caption="/ask what?", photo=[])).message.text == "/ask what?"


def test_a_name_that_the_app_did_not_mark_is_none() -> None:
    assert read(say("@openbook_bot", GROUP, entities=[])) is None


async def test_a_document_in_a_private_chat() -> None:
    said = understand(say("", document=DOCUMENT, caption="please add"))
    attachment = said.message.attachment
    assert attachment is not None
    assert (said.message.text, attachment.name, attachment.size) == ("please add", "手册.pdf", 12)
    assert await attachment.fetch() == b"content of f1"


def test_a_document_of_which_nothing_is_said() -> None:
    bare = {"file_id": "f", "file_unique_id": "u"}
    attachment = understand(say("", document=bare)).message.attachment
    assert attachment is not None
    assert (attachment.name, attachment.size) == ("", 0)


def test_documents_in_groups_are_not_the_bots() -> None:
    assert read(say("", GROUP, document=DOCUMENT, caption="for all")) is None
    asked = say("", GROUP, document=DOCUMENT, caption="/ask what is this?")
    assert understand(asked).message.attachment is None


def test_replies_to_the_bot_are_questions() -> None:
    earlier = say("Parcels leave at noon.", GROUP, BOT_USER)
    said = understand(say("And on Sundays?", GROUP, reply_to_message=earlier))
    assert (said.message.text, said.message.quoted) == ("And on Sundays?", "")


def test_replies_to_others_are_not() -> None:
    for author in (LI, OTHER_BOT, ANONYMOUS, None):
        earlier = say("Parcels leave at noon.", GROUP, author)
        assert read(say("And on Sundays?", GROUP, reply_to_message=earlier)) is None


@pytest.mark.parametrize("author", [LI, OTHER_BOT, ANONYMOUS, CHANNEL_BOT, None])
def test_a_question_about_what_somebody_said(author: JSON | None) -> None:
    earlier = say("包裹中午发出", GROUP, author)
    assert understand(say("/ask", GROUP, reply_to_message=earlier)).message.quoted == "包裹中午发出"
    captioned = say("", GROUP, author, photo=[], caption="Our parcels")
    said = understand(say("/ask what?", GROUP, reply_to_message=captioned))
    assert (said.message.text, said.message.quoted) == ("/ask what?", "Our parcels")


def test_the_quoted_part_is_what_the_question_is_about() -> None:
    for author in (LI, BOT_USER):
        earlier = say("Parcels leave at noon. Letters later.", GROUP, author)
        quote = {"text": "Letters later.", "position": 23}
        said = understand(say("/ask why?", GROUP, reply_to_message=earlier, quote=quote))
        assert said.message.quoted == "Letters later."


def test_topics_are_chats_of_their_own() -> None:
    topic: JSON = {"is_topic_message": True, "message_thread_id": 12}
    said = understand(say("/ask when?", FORUM, **topic))
    assert said.place == Place(FORUM["id"], private=False, topic=12)
    assert said.message.chat.key == "telegram:/-1000000000100/12"


def test_the_general_topic_and_threads_of_replies_are_the_group() -> None:
    threads: list[JSON] = [{}, {"message_thread_id": 12}]
    for more in threads:
        said = understand(say("/ask when?", FORUM, **more))
        assert said.place == Place(FORUM["id"], private=False)
        assert said.message.chat.thread == ""


def test_topics_of_a_private_chat() -> None:
    said = understand(say("When?", is_topic_message=True, message_thread_id=4))
    assert said.place == Place(ADA["id"], private=True, topic=4)


@pytest.mark.parametrize("author", [ADA, BOT_USER])
def test_in_a_topic_nothing_is_a_reply_to_its_first_message(author: JSON) -> None:
    """Telegram shows every message there as one."""
    made: JSON = {"forum_topic_created": {"name": "Fees", "icon_color": 7322096}}
    topic: JSON = {"is_topic_message": True, "message_thread_id": 12}
    first = say("", FORUM, author, **made)
    assert read(say("Hello all", FORUM, reply_to_message=first, **topic)) is None
    said = understand(say("/ask when?", FORUM, reply_to_message=first, **topic))
    assert said.message.quoted == ""


@pytest.mark.parametrize(("mask", "chat"), [(ANONYMOUS, GROUP), (CHANNEL_BOT, CHANNEL)])
def test_whoever_writes_as_a_chat_is_that_chat(mask: JSON, chat: JSON) -> None:
    """Never the account that all such people share: an admin of one group would be one of all."""
    said = understand(say("/ask when?", GROUP, mask, sender_chat=chat))
    assert said.message.asker == Asker("telegram", str(chat["id"]), chat["title"])
    assert read(say("/ask when?", GROUP, mask)) is None


def test_what_is_for_nobody() -> None:
    for message in (
        say("/ask when?", GROUP, OTHER_BOT),
        say("Hello", PRIVATE, OTHER_BOT),
        say("/ask when?", GROUP, None, sender_chat=CHANNEL),
        say("/ask when?", via_bot=OTHER_BOT),
        say("", GROUP, new_chat_members=[BOT_USER]),
        say("", GROUP, left_chat_member=LI),
    ):
        assert read(message) is None


@pytest.mark.parametrize("kind", ["channel_post", "edited_channel_post"])
def test_channels_are_not_answered(kind: str) -> None:
    assert read(say("/ask when?", CHANNEL, None, sender_chat=CHANNEL), kind) is None


def test_a_membership_is_no_message() -> None:
    change = {
        "chat": PRIVATE,
        "from": ADA,
        "date": SENT,
        "old_chat_member": {"user": BOT_USER, "status": "member"},
        "new_chat_member": {"user": BOT_USER, "status": "kicked", "until_date": 0},
    }
    assert read(change, "my_chat_member") is None


def test_an_edit_replaces_what_was_said() -> None:
    first = understand(say("Wen do parcels leave?"))
    edited: JSON = {"edit_date": SENT + 60}
    once = understand(say("When do parcels leave?", **edited), "edited_message", 10)
    twice = understand(say("When do letters leave?", **edited), "edited_message", 11)
    assert {once.message.replaces, twice.message.replaces} == {first.message.event_id}
    assert len({one.message.event_id for one in (first, once, twice)}) == 3
    assert once.message.time == datetime.fromtimestamp(SENT + 60, UTC)
    again = understand(say("When do parcels leave?", **edited), "edited_message", 10)
    assert again.message.event_id == once.message.event_id


def test_an_edit_in_a_group_counts_by_what_it_says_now() -> None:
    edited: JSON = {"edit_date": SENT + 60}
    assert read(say("@openbook_bot when?", GROUP, **edited), "edited_message") is not None
    assert read(say("never mind", GROUP, **edited), "edited_message") is None


def press(data: str, message: JSON | None, **more: Any) -> JSON:  # noqa: ANN401  (JSON)
    query: JSON = {"id": "press1", "from": LI, "chat_instance": "1", "data": data, **more}
    return query if message is None else {**query, "message": message}


def test_a_pressed_button() -> None:
    topic: JSON = {"is_topic_message": True, "message_thread_id": 12}
    under = say("It is noon.", FORUM, BOT_USER, **topic)
    said = understand(press("/rate up ab12", under), "callback_query")
    assert said.message.text == "/rate up ab12"
    assert said.message.event_id == "telegram:press/press1"
    assert said.message.asker.key == "telegram:42"
    assert said.message.chat.key == "telegram:/-1000000000100/12"
    assert (said.number, said.press, said.in_place) == (3, "press1", False)
    assert said.place == Place(FORUM["id"], private=False, topic=12)


def test_a_button_whose_answer_takes_its_place() -> None:
    said = understand(press("!/language zh", say("Which?", PRIVATE, BOT_USER)), "callback_query")
    assert (said.message.text, said.in_place) == ("/language zh", True)


def test_a_button_under_a_message_too_old_to_be_shown() -> None:
    old = {"chat": GROUP, "message_id": 3, "date": 0}
    said = understand(press("/why ab12", old), "callback_query")
    assert (said.place, said.number) == (Place(GROUP["id"], private=False), 3)


def test_buttons_that_say_nothing() -> None:
    game = {"id": "press1", "from": LI, "chat_instance": "1", "game_short_name": "chess"}
    assert read({**game, "message": say("Play", PRIVATE, BOT_USER)}, "callback_query") is None
    assert read(press("/why", None, inline_message_id="i1"), "callback_query") is None


def test_the_stop_button_of_a_draft() -> None:
    stopped = {"chat": PRIVATE, "draft_id": 3, "message_thread_id": 4}
    said = understand(stopped, "stopped_message_generation")
    asked = understand(say("When?", is_topic_message=True, message_thread_id=4))
    assert (said.message.text, said.message.chat) == ("/stop", asked.message.chat)
    assert said.message.asker.key == asked.message.asker.key
    assert said.place == asked.place
    plain = understand({"chat": PRIVATE, "draft_id": 3}, "stopped_message_generation")
    assert plain.message.chat == understand(say("When?")).message.chat


def test_nothing_is_read_twice_as_something_else() -> None:
    messages: list[Message] = [
        understand(say("Hi")).message,
        understand(say("Hi", user=LI, chat={**PRIVATE, "id": 42})).message,
        understand(say("/ask Hi", GROUP)).message,
        understand(press("Hi", say("x", PRIVATE, BOT_USER)), "callback_query").message,
        understand({"chat": PRIVATE, "draft_id": 3}, "stopped_message_generation").message,
    ]
    assert len({message.event_id for message in messages}) == len(messages)
