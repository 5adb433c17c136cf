"""The desk: who may do what, what is remembered, and that nobody is left without a reply."""

import asyncio
from contextlib import aclosing

import pytest

from bot.commands import COMMANDS, parse_command
from bot.desk import CONVERSATIONS, TURNS
from bot.errors import (
    IndexMissing,
    ModelAway,
    ModelError,
    OpenbookError,
    QuestionError,
    StoreError,
)
from bot.nouns import (
    Done,
    Found,
    Outcome,
    Question,
    Searching,
    Text,
    Turn,
)
from bot.texts import CHINESE, ENGLISH, Words
from tests.desks import House, make_message


@pytest.fixture
def house() -> House:
    return House()


async def test_question_passes_the_engines_events_on(house: House) -> None:
    events = await house.events(make_message("noon"))

    assert [type(event) for event in events] == [Searching, Found, Text, Done]
    assert house.engine.asked == [Question("noon")]


async def test_conversation_is_remembered_until_new(house: House) -> None:
    await house.say("noon")
    await house.say("night")
    assert house.engine.asked[1].turns == (Turn("noon", "It is noon [1]."),)

    assert (await house.say("/new")).text == ENGLISH.forgotten
    await house.say("dawn")
    assert house.engine.asked[2].turns == ()
    assert (await house.say("/new")).outcome is Outcome.NOTICE


async def test_chats_do_not_hear_each_other(house: House) -> None:
    await house.say("noon", chat="one")
    await house.say("night", chat="two")

    assert house.engine.asked[1].turns == ()
    assert (await house.say("/why", chat="three")).text == ENGLISH.no_answer_yet


async def test_only_the_last_turns_are_remembered(house: House) -> None:
    for number in range(TURNS + 3):
        await house.say(f"question {number}")

    turns = house.engine.asked[-1].turns
    assert [turn.question for turn in turns] == [f"question {n}" for n in range(2, TURNS + 2)]


async def test_longest_resting_chat_is_forgotten_first(house: House) -> None:
    await house.say("noon", chat="old")
    await house.say("noon", chat="kept")
    for number in range(CONVERSATIONS - 2):
        await house.say("/help", chat=f"chat {number}")
    await house.say("more", chat="kept")
    await house.say("/help", chat="one too many")

    await house.say("again", chat="old")
    await house.say("again", chat="kept")
    assert house.engine.asked[-2].turns == ()
    assert len(house.engine.asked[-1].turns) == 2


async def test_one_chat_is_answered_in_order_and_others_meanwhile(house: House) -> None:
    first = asyncio.create_task(house.say("wait"))
    await house.engine.waiting.wait()
    second = asyncio.create_task(house.say("after"))
    await house.say("elsewhere", chat="other")
    assert [question.text for question in house.engine.asked] == ["wait", "elsewhere"]

    house.engine.gate.set()
    await asyncio.gather(first, second)
    assert house.engine.asked[-1].text == "after"
    assert house.engine.asked[-1].turns[0].question == "wait"


async def test_an_answer_given_up_is_not_remembered_and_blocks_nobody(house: House) -> None:
    async with aclosing(house.desk.handle(make_message("noon"))) as events:
        async for event in events:
            if isinstance(event, Text):
                break

    assert house.engine.finished == 1
    async with asyncio.timeout(5):
        await house.say("night")
    assert house.engine.asked[1].turns == ()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (IndexMissing("No index.", "Run it."), ENGLISH.failures[IndexMissing]),
        (StoreError("/secret/path broke."), ENGLISH.failures[StoreError]),
        (ModelAway("http://secret is away."), ENGLISH.failures[ModelError]),
        (QuestionError("Too long.", "Ask briefly."), "Too long. Ask briefly."),
    ],
)
async def test_errors_become_words_without_details(
    house: House, error: OpenbookError, words: str
) -> None:
    house.engine.error = error

    answer = await house.say("noon")
    assert (answer.text, answer.outcome) == (words, Outcome.FAILED)
    assert error.problem in (await house.say("noon", asker="ada")).text
    house.engine.error = None
    assert (await house.say("night")).outcome is Outcome.ANSWERED
    assert house.engine.asked[-1].turns == ()


async def test_unexpected_errors_are_said_and_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.engine.error = ZeroDivisionError("in the depths")

    answer = await house.say("什么时候发货？")
    assert (answer.text, answer.outcome) == (CHINESE.unexpected, Outcome.FAILED)
    assert "in the depths" in caplog.text


async def test_help_shows_what_the_asker_may_do(house: House) -> None:
    for_bob = (await house.say("/help")).text
    for_ada = (await house.say("/help", asker="ada")).text

    assert "/search" in for_bob
    assert "/reindex" not in for_bob
    assert all(f"/{name}" in for_ada for name in COMMANDS)


async def test_commands_speak_the_language_of_the_chat(house: House) -> None:
    assert (await house.say("/new", language="zh-CN")).text == CHINESE.forgotten
    assert (await house.say("/new", language="en")).text == ENGLISH.forgotten
    await house.say("什么时候发货？", language="en")
    assert (await house.say("/new", language="en")).text == CHINESE.forgotten
    await house.say("X200?", language="en")
    assert (await house.say("/new", language="en")).text == CHINESE.forgotten


async def test_a_question_without_a_language_is_answered_in_the_askers(house: House) -> None:
    house.engine.error = IndexMissing("No index.", "Run it.")
    answer = await house.say("X200?", language="zh-CN")
    assert answer.text == CHINESE.failures[IndexMissing]


async def test_unknown_command_is_said_and_paths_are_questions(house: House) -> None:
    assert "/nonsense" in (await house.say("/nonsense now")).text
    assert house.engine.asked == []
    await house.say("/etc/hosts: what is it?")
    assert len(house.engine.asked) == 1


async def test_search_shows_places_and_text(house: House) -> None:
    answer = await house.say("/search the parcel")

    assert house.search.queries == ["the parcel"]
    assert "shop/shipping.md › Shipping › Times, page 3" in answer.text
    assert "same day" in answer.text
    assert (await house.say("/search moon")).text == ENGLISH.nothing_matches
    assert (await house.say("/search")).text == ENGLISH.search_what


async def test_sources_and_why_tell_about_the_last_answer(house: House) -> None:
    await house.say("noon")

    sources = (await house.say("/sources")).text
    assert sources.startswith("[1] shop/shipping.md › Shipping › Times, page 3")
    assert "“Parcels leave on the same day.”" in sources
    why = (await house.say("/why")).text
    assert "Searched for: noon" in why
    assert "0.80" in why
    assert "keyword 2, vector 1" in why
    assert "gpt-test in 1.5 s, 1,234 tokens" in why


@pytest.mark.parametrize("command", ["/sources", "/why", "/search ping"])
async def test_what_documents_and_models_wrote_calls_nobody(house: House, command: str) -> None:
    await house.say("ping")

    text = (await house.say(command)).text
    assert "shop/@" in text
    for live in ("](", "@everyone", "@channel", "@here", "https://evil.org"):
        assert live not in text


async def test_status_names_what_failed(house: House) -> None:
    text = (await house.say("/status")).text

    assert "Documents: 5, passages: 12" in text
    assert "bad.pdf: encrypted" in text


async def test_reindex_is_for_admins(house: House) -> None:
    denied = await house.say("/reindex")
    assert (denied.outcome, house.librarian.runs) == (Outcome.DENIED, 0)

    events = await house.events(make_message("/reindex", asker="ada"))
    assert [type(event) for event in events] == [Text, Done]
    assert isinstance(events[-1], Done)
    assert "new.md" in events[-1].answer.text
    assert house.librarian.runs == 1


async def test_reindex_never_deletes_much_by_itself(house: House) -> None:
    house.librarian.deletes = (80, 100)

    answer = await house.say("/reindex", asker="ada")
    assert answer.outcome is Outcome.FAILED
    assert "80 of 100" in answer.text
    assert house.librarian.runs == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/help", ("help", "")),
        (" /Search  two words ", ("search", "two words")),
        ("/search\nline", ("search", "line")),
        ("help", None),
        ("/", None),
        ("/1", None),
        ("/a/b", None),
    ],
)
def test_command_parsing(text: str, expected: tuple[str, str] | None) -> None:
    assert parse_command(text) == expected


@pytest.mark.parametrize("words", [ENGLISH, CHINESE])
def test_words_exist_for_every_command(words: Words) -> None:
    assert set(words.commands) == set(COMMANDS)
    assert set(words.waiting) <= set(COMMANDS)
    assert OpenbookError in words.failures
