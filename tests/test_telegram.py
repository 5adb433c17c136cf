"""Conversations in Telegram: the adapter against a Telegram that refuses what Telegram refuses."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from bot.nouns import Answer, Done, Event, Outcome, Question, Searching, Text
from bot.texts import CHINESE, ENGLISH
from tests.desks import make_desk
from tests.peers.telegram import Chat, Message, Person, find_menu
from tests.served import serve_adapters
from tests.telegram_bots import Bot, run_bot

PIECES = ("Parcels ", "leave ", "**the same day** ", "before noon [1].")


class SlowEngine:
    """Writes its pieces, each when it is told to go on; never on a question about `slow` ones."""

    def __init__(self, pieces: tuple[str, ...] = PIECES, final: str = "") -> None:
        self.pieces = pieces
        self.final = final or "".join(pieces)
        self.steps = asyncio.Semaphore(0)
        self.never = asyncio.Semaphore(0)
        self.closed = 0

    async def answer(self, question: Question) -> AsyncGenerator[Event, None]:
        try:
            yield Searching(question.text)
            for piece in self.pieces:
                await (self.never if "slow" in question.text else self.steps).acquire()
                yield Text(piece)
            await self.steps.acquire()
            yield Done(Answer(self.final, Outcome.ANSWERED))
        finally:
            self.closed += 1

    def go_on(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.steps.release()


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with run_bot(tmp_path) as bot:
        yield bot
        assert bot.peer.complaints == []


@pytest.fixture
async def idle(tmp_path: Path) -> AsyncIterator[Bot]:
    """Not yet started, to be given another desk or other settings."""
    async with run_bot(tmp_path, started=False) as bot:
        yield bot
        assert bot.peer.complaints == []


async def ask(bot: Bot, text: str) -> Message:
    await bot.ada.say(text)
    return await bot.ada.private_chat.next_message()


def read_menu(bot: Bot, person: Person, chat: Chat) -> dict[str, str]:
    menu = find_menu(bot.peer.world, chat, person.user)
    return {one["command"]: one["description"] for one in menu}


async def test_start_tells_what_there_is_and_offers_questions(bot: Bot) -> None:
    message = await ask(bot, "/start")

    assert ENGLISH.start_head in message.text
    assert ENGLISH.where["telegram"] in message.text
    keyboard = bot.peer.list_calls("sendMessage")[0].params["reply_markup"]
    assert keyboard["keyboard"] == [[{"text": "When do parcels leave?"}]]
    assert keyboard["one_time_keyboard"]
    await bot.bob.say("/start")
    chinese = await bot.bob.private_chat.next_message()
    assert CHINESE.start_head in chinese.text
    assert "什么时候发货？" in chinese.text


async def test_an_answer_has_its_sources_and_buttons(bot: Bot) -> None:
    message = await ask(bot, "noon")

    assert (
        message.text == "It is noon [1].\n\n[1] shop/shipping.\u2060md › Shipping › Times, page 3"
    )
    assert message.labels == ("👍", "👎", ENGLISH.sources_label, ENGLISH.why_label)
    assert not message.shows_preview
    assert [text for _, text in bot.ada.private_chat.drafts[0].texts][:1] == [ENGLISH.searching]


async def test_quoted_sentences_open_on_demand(bot: Bot) -> None:
    message = await ask(bot, "noon")
    await bot.ada.press(message, ENGLISH.sources_label)

    sources = await bot.ada.private_chat.next_message()
    assert sources.marked("expandable_blockquote") == ["Parcels leave on the same day."]
    await bot.ada.press(message, ENGLISH.why_label)
    assert "keyword 2, vector 1" in (await bot.ada.private_chat.next_message()).text


async def test_a_vote_is_thanked_for_and_shown(bot: Bot) -> None:
    message = await ask(bot, "noon")

    press = await bot.ada.press(message, "👎")
    assert press.text == ENGLISH.thanks_down
    await bot.ada.private_chat.wait_until(lambda _: "👎 ✓" in message.labels)
    await bot.ada.press(message, "👎 ✓")
    await bot.ada.private_chat.wait_until(lambda _: "👎" in message.labels)


async def test_a_private_answer_grows_as_a_draft(idle: Bot) -> None:
    engine = SlowEngine()
    idle.start(make_desk(engine))
    chat = idle.ada.private_chat
    await idle.ada.say("When do parcels leave?")

    draft = await chat.wait_for_draft(ENGLISH.searching)
    assert draft.can_stop
    engine.go_on(3)
    draft = await chat.wait_for_draft("the same day")
    assert "**" not in draft.text
    assert {"type": "bold", "offset": 14, "length": 12} in draft.entities
    engine.go_on(2)
    message = await chat.next_message()
    assert message.text == "Parcels leave the same day before noon [1]."
    assert chat.draft is None
    assert len(chat.drafts) == 1
    assert len(chat.answers) == 1


async def test_a_draft_does_not_fade_while_the_model_thinks(idle: Bot) -> None:
    engine = SlowEngine()
    idle.start(make_desk(engine))
    await idle.ada.say("When do parcels leave?")
    draft = await idle.ada.private_chat.wait_for_draft(ENGLISH.searching)

    await idle.ada.private_chat.wait_until(lambda _: len(draft.texts) >= 3, 10)
    assert draft.is_shown
    engine.go_on(5)
    await idle.ada.private_chat.next_message()


async def test_the_stop_button_keeps_what_was_written(idle: Bot) -> None:
    engine = SlowEngine()
    idle.start(make_desk(engine))
    chat = idle.ada.private_chat
    await idle.ada.say("When do parcels leave?")
    engine.go_on(2)
    await chat.wait_for_draft("leave")

    await idle.ada.stop()
    message = await chat.next_message()
    assert message.text == f"Parcels leave\n\n{ENGLISH.stopped}"
    assert engine.closed == 1
    assert len(chat.answers) == 1


async def test_stop_bypasses_the_queue_and_empties_it(idle: Bot) -> None:
    engine = SlowEngine()
    idle.start(make_desk(engine))
    chat = idle.ada.private_chat
    await idle.ada.say("one")
    await idle.ada.say("two")
    await chat.wait_for_draft(ENGLISH.searching)

    await idle.ada.say("/stop")
    await chat.wait_until(lambda _: len(chat.answers) == 2)
    assert [message.text for message in chat.answers] == [ENGLISH.stopped] * 2
    await idle.ada.say("/stop")
    await chat.wait_for_text(ENGLISH.nothing_to_stop)
    assert engine.closed == 1


async def test_a_group_answer_grows_by_edits_of_one_message(idle: Bot) -> None:
    engine = SlowEngine()
    idle.start(make_desk(engine))
    group = idle.peer.add_group("Shop", [idle.ada, idle.bob])
    question = await idle.ada.say("/ask When do parcels leave?", group)

    message = await group.next_message()
    assert message.reply_to is question
    assert message.text == ENGLISH.searching
    engine.go_on(3)
    await group.wait_for_text("the same day")
    engine.go_on(2)
    await group.wait_for_text("before noon")
    assert len(group.answers) == 1
    assert group.drafts == []


async def test_where_it_speaks_in_a_group(bot: Bot) -> None:
    bot.peer.world.privacy = False
    group = bot.peer.add_group("Shop", [bot.ada, bot.bob])
    await bot.ada.say("Shall we have lunch?", group)
    await bot.ada.say("/weather", group)
    await bot.ada.say("/ask@another_bot noon?", group)
    await bot.ada.say("Bob, what do you think?", group, reply_to=await bot.bob.say("Hm.", group))
    asked = await bot.ada.mention("noon", group)

    answer = await group.wait_for_text("It is noon")
    assert answer.reply_to is asked
    await bot.bob.say("night", reply_to=answer)
    await group.wait_for_text("It is night")
    await bot.ada.say("/ask@openbook_bot dawn", group)
    await group.wait_for_text("It is dawn")
    assert len(group.answers) == 3


async def test_a_topic_is_a_conversation_of_its_own(bot: Bot) -> None:
    group = bot.peer.add_group("Shop", [bot.ada], topics=True)
    first, second = group.add_topic("Fees"), group.add_topic("Times")
    await bot.ada.say("/ask noon", group, topic=first)
    answer = await group.wait_for_text("It is noon")
    assert answer.topic == first
    await bot.ada.say("/ask night", group, topic=second)
    await group.wait_for_text("It is night")

    assert [question.turns for question in bot.house.engine.asked] == [(), ()]
    await bot.ada.say("/ask more", group, topic=second)
    await group.wait_for_text("It is more")
    assert bot.house.engine.asked[-1].turns[0].question == "night"


async def test_a_message_replied_to_with_ask_is_the_context(bot: Bot) -> None:
    group = bot.peer.add_group("Shop", [bot.ada, bot.bob])
    said = await bot.bob.say("My parcel has not come for a week.", group)
    await bot.ada.say("/ask what can he do?", reply_to=said)
    await group.wait_for_text("It is what can he do?")

    (turn,) = bot.house.engine.asked[0].turns
    assert turn.question == "My parcel has not come for a week."
    await bot.ada.say("/ask", reply_to=said)
    await group.wait_for_text("It is My parcel")


async def test_the_name_alone_asks_about_the_message_replied_to(bot: Bot) -> None:
    group = bot.peer.add_group("Shop", [bot.ada, bot.bob])
    said = await bot.bob.say("noon", group)
    await bot.ada.say("@openbook_bot", reply_to=said)
    await group.wait_for_text("It is noon")
    await bot.ada.say("@openbook_bot", group)
    await group.wait_for_text(ENGLISH.ask_what)


async def test_an_edited_question_is_answered_in_the_same_message(bot: Bot) -> None:
    for where in (bot.ada.private_chat, bot.peer.add_group("Shop", [bot.ada])):
        question = await bot.ada.say("/ask noon", where)
        await where.wait_for_text("It is noon")
        await bot.ada.edit(question, "/ask night")
        message = await where.wait_for_text("It is night")
        await bot.ada.edit(question, "/ask dawn")
        assert await where.wait_for_text("It is dawn") is message
        assert len(where.answers) == 1
    assert all(not question.turns for question in bot.house.engine.asked)


async def test_a_question_edited_while_it_is_answered_has_one_answer_in_the_end(idle: Bot) -> None:
    engine = SlowEngine()
    idle.start(make_desk(engine))
    chat = idle.ada.private_chat
    question = await idle.ada.say("first?")
    await chat.wait_for_draft(ENGLISH.searching)
    await idle.ada.edit(question, "second?")
    await idle.peer.wait_until_fetched()
    engine.go_on(len(PIECES) + 1)

    await chat.wait_for_text("before noon")
    engine.final = "Parcels leave at once."
    engine.go_on(len(PIECES) + 1)
    await chat.wait_for_text("at once")
    assert len(chat.answers) == 1


async def test_an_edit_that_changes_no_word_is_not_answered(bot: Bot) -> None:
    question = await bot.ada.say("noon")
    await bot.ada.private_chat.wait_for_text("It is noon")
    await bot.ada.edit(question, "noon")
    await bot.ada.say("night")
    await bot.ada.private_chat.wait_for_text("It is night")
    assert [asked.text for asked in bot.house.engine.asked] == ["noon", "night"]


async def test_long_answers_come_in_parts_and_shrink_when_edited(idle: Bot) -> None:
    paragraphs = [f"{number}. 这是第 {number} 段，说明运费和时间。" * 12 for number in range(30)]
    engine = SlowEngine((), "\n\n".join(paragraphs))
    idle.start(make_desk(engine))
    chat = idle.ada.private_chat
    question = await idle.ada.say("everything?")
    engine.go_on()

    await chat.wait_until(lambda _: len(chat.answers) >= 2 and "29." in chat.answers[-1].text)
    shown = "".join("".join(message.text.split()) for message in chat.answers)
    assert shown == "".join("".join(paragraphs).split())
    engine.final = "Briefly."
    await idle.ada.edit(question, "briefly?")
    engine.go_on()
    await chat.wait_for_text("Briefly.")
    await chat.wait_until(lambda _: len(chat.answers) == 1)


async def test_one_chat_is_answered_in_order_and_others_meanwhile(bot: Bot) -> None:
    await bot.ada.say("wait")
    await bot.ada.say("after")
    await bot.house.engine.waiting.wait()
    await bot.bob.say("elsewhere")
    await bot.bob.private_chat.next_message()
    assert bot.ada.private_chat.answers == []

    bot.house.engine.gate.set()
    await bot.ada.private_chat.wait_for_text("It is after")
    texts = [message.text.split(" [")[0] for message in bot.ada.private_chat.answers]
    assert texts == ["It is wait", "It is after"]


async def test_reindex_shows_its_progress_in_one_message(bot: Bot) -> None:
    bot.house.librarian.gate.clear()
    group = bot.peer.add_group("Staff", [bot.ada])
    await bot.ada.say("/reindex", group)
    message = await group.next_message()
    await group.wait_for_text("Reading documents: 2 of 5")
    await bot.ada.say("/reindex")
    await bot.ada.private_chat.wait_for_draft("Reading documents: 2 of 5")
    await bot.ada.say("/ask noon", group)
    await group.wait_for_text("It is noon")

    bot.house.librarian.gate.set()
    await group.wait_until(lambda _: "new.\u2060md" in message.text)
    await bot.ada.private_chat.wait_for_text("new.\u2060md")
    assert bot.house.librarian.begun == 1


async def test_reindex_is_for_admins(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "bot")
    await bot.bob.say("/reindex")
    denied = await bot.bob.private_chat.next_message()

    assert denied.text == CHINESE.admins_only.format(
        name="/reindex", asker=f"telegram:{bot.bob.id}"
    )
    assert f"telegram:{bot.bob.id} may not use /reindex" in caplog.text
    assert bot.house.librarian.begun == 0


async def test_deleting_much_takes_a_press(bot: Bot) -> None:
    bot.house.librarian.deletes = (80, 100)
    await bot.ada.say("/reindex")
    message = await bot.ada.private_chat.wait_for_text("80 of 100")

    await bot.ada.press(message, ENGLISH.delete_label)
    await bot.ada.private_chat.wait_until(lambda _: "new.\u2060md" in message.text)
    assert message.labels == ()
    assert len(bot.ada.private_chat.answers) == 1


async def test_who_may_not_press_a_button_leaves_it_to_who_may(bot: Bot) -> None:
    bot.house.librarian.deletes = (80, 100)
    group = bot.peer.add_group("Staff", [bot.ada, bot.bob])
    await bot.ada.say("/reindex", group)
    message = await group.wait_for_text("80 of 100")

    press = await bot.bob.press(message, ENGLISH.delete_label)
    assert press.text.startswith("/reindex")
    assert f"telegram:{bot.bob.id}" in press.text
    await bot.ada.say("/ask noon", group)  # by then the press would have shown
    await group.wait_for_text("It is noon")
    assert message.labels == (ENGLISH.delete_label,)
    await bot.ada.press(message, ENGLISH.delete_label)
    await group.wait_until(lambda _: "new.\u2060md" in message.text)


async def test_a_document_is_added_by_sending_it(bot: Bot, tmp_path: Path) -> None:
    await bot.ada.upload("运费.md", "# 运费\n\n十七元。\n".encode())
    offer = await bot.ada.private_chat.next_message()
    assert "运费.\u2060md" in offer.text
    assert not (tmp_path / "运费.md").exists()

    await bot.ada.press(offer, ENGLISH.add_label)
    await bot.ada.private_chat.wait_until(lambda _: "new.\u2060md" in offer.text)
    assert (tmp_path / "运费.md").read_text(encoding="utf-8") == "# 运费\n\n十七元。\n"
    assert bot.house.librarian.runs == 1
    await bot.ada.upload("b.md", b"# B\n")
    second = await bot.ada.private_chat.next_message()
    await bot.ada.press(second, ENGLISH.discard_label)
    await bot.ada.private_chat.wait_until(lambda _: "was not added" in second.text)
    assert not (tmp_path / "b.md").exists()


async def test_a_button_pressed_twice_does_its_work_once(bot: Bot) -> None:
    await bot.ada.upload("fees.md", b"# Fees\n")
    offer = await bot.ada.private_chat.next_message()
    bot.ada.start_press(offer, ENGLISH.add_label)
    second = await bot.ada.press(offer, ENGLISH.add_label)

    assert second.text == ENGLISH.offer_gone
    await bot.ada.private_chat.wait_until(lambda _: "new.\u2060md" in offer.text)
    assert ENGLISH.offer_gone not in [version.text for version in offer.versions]


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("run.exe", 0, "files of this type"),
        ("../../etc/cron.md", 0, "cannot keep"),
        ("big.pdf", 30_000_000, "too large"),
    ],
)
async def test_documents_that_are_not_taken(bot: Bot, name: str, size: int, words: str) -> None:
    await bot.ada.upload(name, b"data", size=size)
    message = await bot.ada.private_chat.next_message()
    assert words in message.text
    assert message.labels == ()


async def test_others_add_nothing(bot: Bot) -> None:
    await bot.bob.upload("fees.md", b"# Fees\n")
    message = await bot.bob.private_chat.next_message()
    assert message.text == CHINESE.upload_admins_only.format(asker=f"telegram:{bot.bob.id}")


async def test_the_language_is_chosen_by_a_press(bot: Bot) -> None:
    await bot.ada.say("/language")
    message = await bot.ada.private_chat.next_message()
    await bot.ada.press(message, "中文")

    await bot.ada.private_chat.wait_until(lambda _: message.text == CHINESE.language_is)
    await bot.ada.say("/new")
    await bot.ada.private_chat.wait_for_text(CHINESE.forgotten)


async def test_pictures_and_voices_are_told_that_only_words_are_read(bot: Bot) -> None:
    await bot.ada.send_photo()
    assert (await bot.ada.private_chat.next_message()).text == ENGLISH.only_words
    await bot.bob.send_voice()
    assert (await bot.bob.private_chat.next_message()).text == CHINESE.only_words
    await bot.ada.send_photo("noon")
    assert "It is noon" in (await bot.ada.private_chat.next_message()).text


async def test_new_forgets_the_conversation(bot: Bot) -> None:
    await ask(bot, "noon")
    await ask(bot, "/new")
    await ask(bot, "night")
    assert bot.house.engine.asked[-1].turns == ()


async def test_search_shows_passages_that_open(bot: Bot) -> None:
    message = await ask(bot, "/search the parcel")
    assert "shop/shipping.\u2060md › Shipping › Times" in message.text
    assert message.marked("expandable_blockquote")[0].startswith("Parcels leave on the same day")


async def test_menus_are_set_by_language_and_place(bot: Bot) -> None:
    await ask(bot, "noon")  # by then the menus are set

    chinese = read_menu(bot, bot.bob, bot.bob.private_chat)
    assert chinese["ask"] == CHINESE.commands["ask"]
    assert "reindex" not in chinese
    admin = read_menu(bot, bot.ada, bot.ada.private_chat)
    assert admin["reindex"] == ENGLISH.commands["reindex"]
    group = bot.peer.add_group("Shop", [bot.ada])
    assert "language" not in read_menu(bot, bot.ada, group)


async def test_a_webhook_serves_as_polling_does(idle: Bot, unused_tcp_port: int) -> None:
    public, local = "https://bot.example.com", f"http://127.0.0.1:{unused_tcp_port}"
    idle.peer.forward[public] = local
    adapter = idle.make(public_url=public)
    idle.running.append(asyncio.create_task(serve_adapters(adapter, port=unused_tcp_port)))
    message = await ask(idle, "noon")
    assert "It is noon" in message.text

    (route,) = adapter.routes
    assert isinstance(route, web.RouteDef)
    secret = str(idle.peer.list_calls("setWebhook")[0].params["secret_token"])
    async with ClientSession(local) as client:
        for given, body, status in (
            ("", b"{}", 403),
            ("wrong", b"{}", 403),
            (secret, b"no JSON", 400),
            (secret, b'{"update_id": 1, "message": 7}', 400),
            (secret, b'{"update_id": 1}', 200),
            (secret, b'{"update_id": 1, "stopped_message_generation": {"chat": 7}}', 200),
        ):
            headers = {"X-Telegram-Bot-Api-Secret-Token": given}
            async with client.post(route.path, data=body, headers=headers) as response:
                assert response.status == status
    assert idle.peer.list_calls("getUpdates") == []


async def test_shutdown_finishes_what_can_be_and_tells_of_the_rest(idle: Bot) -> None:
    engine = SlowEngine()
    idle.start(make_desk(engine))
    await idle.ada.say("When does the quick one leave?")
    await idle.ada.private_chat.wait_for_draft(ENGLISH.searching)
    await idle.bob.say("When does the slow one leave?")
    await idle.bob.private_chat.wait_for_draft(ENGLISH.searching)
    stopping = asyncio.create_task(idle.stop())
    engine.go_on(len(PIECES) + 1)
    await stopping

    assert idle.ada.private_chat.answers[0].text.startswith("Parcels leave the same day")
    assert idle.bob.private_chat.answers[0].text == ENGLISH.restarting
