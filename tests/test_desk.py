"""The desk: who may do what, what is remembered, and that nobody is left without a reply."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from bot.commands import COMMANDS
from bot.commands.calls import parse_command
from bot.descriptions import describe_excerpts
from bot.desk import TURNS, WAITING
from bot.errors import (
    IndexMissing,
    ModelAway,
    ModelError,
    OpenbookError,
    QuestionError,
    StoreError,
)
from bot.memory import CHATS
from bot.metrics import Metrics
from bot.nouns import (
    EVERYTHING,
    Done,
    Excerpt,
    Found,
    Mode,
    Outcome,
    Question,
    Searching,
    Text,
    Turn,
    Working,
)
from bot.reindexing import Reindexing, WouldDelete
from bot.reports import IndexReport, Progress
from bot.texts import CHINESE, ENGLISH, Words
from bot.uploads import Refusal
from tests.desks import PASSAGE, House, Librarian, make_message


@pytest.fixture
def house() -> House:
    return House()


async def test_question_passes_the_engines_events_on(house: House) -> None:
    events = await house.events(make_message("noon"))

    assert [type(event) for event in events] == [Searching, Found, Text, Done]
    assert house.engine.asked == [Question("noon", scope=EVERYTHING)]


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
    for number in range(CHATS - 2):
        await house.say("noon", chat=f"chat {number}")
    await house.say("more", chat="kept")
    await house.say("noon", chat="one too many")

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


async def test_details_for_admins_are_not_told_where_others_read_them(house: House) -> None:
    house.engine.error = StoreError("/secret/path broke.")
    message = make_message("noon", asker="ada")
    group = replace(message.chat, private=False)
    (*_, last) = await house.events(replace(message, chat=group))
    assert isinstance(last, Done)
    assert last.answer.text == ENGLISH.failures[StoreError]


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
    for command in COMMANDS.values():
        hidden = command.hidden or command.staffed or command.name == "help"
        assert (f"/{command.name}:" in for_ada) is not hidden


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


async def test_chinese_needs_no_space_behind_a_command(house: House) -> None:
    await house.say("/search包裹什么时候发出？")
    assert house.search.queries == ["包裹什么时候发出？"]


async def test_search_shows_places_and_text(house: House) -> None:
    answer = await house.say("/search the parcel")

    assert house.search.queries == ["the parcel"]
    assert house.search.modes == {Mode.FUSED}  # no reranker is paid for it
    (excerpt,) = answer.excerpts
    assert excerpt.mark == "1."
    assert excerpt.place == "shop/shipping.md › Shipping › Times, page 3"
    assert "same day" in excerpt.quotes[0]
    assert (await house.say("/search moon")).text == ENGLISH.nothing_matches
    assert (await house.say("/search")).text == ENGLISH.search_what


async def test_sources_and_why_tell_about_the_last_answer(house: House) -> None:
    await house.say("noon")

    (source,) = (await house.say("/sources")).excerpts
    assert source == Excerpt(
        "[1]", "shop/shipping.md › Shipping › Times, page 3", ("Parcels leave on the same day.",)
    )
    why = (await house.say("/why")).text
    assert "Searched for: noon" in why
    assert "0.80" in why
    assert "keyword 2, vector 1" in why
    assert "gpt-test in 1.5 s, 1,234 tokens" in why


@pytest.mark.parametrize(
    ("found_by", "told"),
    [
        ({"vector": 1, "fused": 7, "reranker": 2}, "vector 1, fused 7, reranker 2"),
        ({"vector": 1, "fused": 7}, ENGLISH.not_reranked),
    ],
    ids=["reranked", "not reranked"],
)
async def test_why_tells_what_the_reranker_did(
    house: House, found_by: dict[str, int], told: str
) -> None:
    house.engine.passage = replace(PASSAGE, found_by=found_by)
    await house.say("noon")
    why = (await house.say("/why")).text
    assert told in why
    assert (ENGLISH.not_reranked in why) is ("reranker" not in found_by)


@pytest.mark.parametrize("command", ["/sources", "/why", "/search ping"])
async def test_what_documents_and_models_wrote_calls_nobody(house: House, command: str) -> None:
    await house.say("ping")

    answer = await house.say(command)
    text = "\n".join([answer.text, describe_excerpts(answer.excerpts)])
    assert "shop/@" in text
    for live in ("](", "@everyone", "@channel", "@here", "https://evil.org"):
        assert live not in text


async def test_status_names_what_failed(house: House) -> None:
    text = (await house.say("/status", asker="ada")).text

    assert "Documents: 5, passages: 12" in text
    assert "bad.pdf: encrypted" in text
    assert (await house.say("/status")).outcome is Outcome.DENIED


async def test_buttons_are_commands_about_that_answer(house: House) -> None:
    first = await house.say("noon")
    await house.say("night")

    up, down, sources, why = first.buttons
    assert (up.label, down.label) == ("👍", "👎")
    assert (await house.say(sources.command)).excerpts
    assert "Searched for: noon" in (await house.say(why.command)).text
    assert all(len(button.command.encode()) <= 60 for button in first.buttons)


async def test_an_answer_is_shown_again_only_where_it_was_given(house: House) -> None:
    name = (await house.say("noon")).buttons[0].command.split()[-1]

    assert (await house.say(f"/again {name}")).text == "It is noon [1]."
    for command in ("again", "why", "sources", "rate up"):
        answer = await house.say(f"/{command} {name}", chat="elsewhere")
        assert answer.text == ENGLISH.no_such_answer


async def test_a_vote_is_kept_with_the_answer_and_taken_back_by_the_same_press(
    house: House,
) -> None:
    up, down, *_ = (await house.say("noon")).buttons

    answer = await house.say(up.command)
    assert answer.text == ENGLISH.thanks_up
    assert [button.label for button in answer.buttons][:2] == ["👍 ✓", "👎"]
    changed = await house.say(down.command)
    assert changed.text == ENGLISH.thanks_down
    assert [button.label for button in changed.buttons][:2] == ["👍", "👎 ✓"]
    other = await house.say(up.command, asker="eve")
    assert [button.label for button in other.buttons][:2] == ["👍 ✓", "👎"]
    back = await house.say(down.command)
    assert [button.label for button in back.buttons][:2] == ["👍", "👎"]
    assert (await house.say("/rate sideways x")).text == ENGLISH.no_such_answer


async def test_start_tells_what_is_known_in_the_askers_language(house: House) -> None:
    english = await house.say("/start", language="en")
    assert "Documents: 5, indexed" in english.text
    assert "Shipping · 退货" in english.text
    assert english.suggestions == ("When do parcels leave?",)
    assert "- When do parcels leave?" in english.text
    chinese = await house.say("/start", language="zh-hans", chat="other")
    assert chinese.suggestions == ("什么时候发货？",)
    house.introducer.documents = 0
    assert (await house.say("/start", language="en")).text.endswith(ENGLISH.sees_nothing)
    house.introducer.missing = True
    assert ENGLISH.start_nothing in (await house.say("/start", language="en")).text


async def test_a_question_may_be_asked_by_command(house: House) -> None:
    await house.say("/ask noon")
    assert house.engine.asked == [Question("noon", scope=EVERYTHING)]
    assert (await house.say("/ask")).text == ENGLISH.ask_what
    assert len(house.engine.asked) == 1


async def test_a_message_that_is_replied_to_is_the_context(house: House) -> None:
    await house.say("/ask is that so?", quoted="Parcels take two days.")
    await house.say("/ask", quoted="When do parcels leave?", chat="other")

    assert house.engine.asked[0].turns == (Turn("Parcels take two days.", ""),)
    assert house.engine.asked[1] == Question("When do parcels leave?", scope=EVERYTHING)


async def test_a_corrected_question_takes_the_place_of_the_first(house: House) -> None:
    for text in ("before", "noon", "after"):
        await house.say(text)
    await house.say("night", replaces="e-noon")
    await house.say("and then")

    questions = [turn.question for turn in house.engine.asked[-1].turns]
    assert questions == ["before", "night"]


async def test_the_language_can_be_chosen(house: House) -> None:
    asked = await house.say("/language", language="en")
    assert [button.command for button in asked.buttons] == [
        "/language en",
        "/language zh",
        "/language auto",
    ]
    assert (await house.say("/language zh")).text == CHINESE.language_is
    assert (await house.say("/new", language="en")).text == CHINESE.forgotten
    await house.say("When do parcels leave?")
    assert house.engine.asked[-1].language == "zh"
    assert (await house.say("/language xx")).text.startswith("可以设为 en, zh, auto")
    await house.say("/language auto")
    await house.say("When do they leave?")
    assert house.engine.asked[-1].language == ""


async def test_stop_ends_what_runs_and_what_waits(house: House) -> None:
    running = asyncio.create_task(house.say("wait"))
    await house.engine.waiting.wait()
    waiting = asyncio.create_task(house.say("after"))
    await asyncio.sleep(0)

    assert (await house.say("/stop")).text == ""
    answers = await asyncio.gather(running, waiting)
    assert [(answer.outcome, answer.note) for answer in answers] == [
        (Outcome.STOPPED, ENGLISH.stopped)
    ] * 2
    assert house.engine.finished == 1
    assert (await house.say("/stop")).text == ENGLISH.nothing_to_stop
    assert (await house.say("later")).outcome is Outcome.ANSWERED
    assert [question.text for question in house.engine.asked] == ["wait", "later"]


async def test_what_was_written_before_a_stop_is_kept(house: House) -> None:
    async with aclosing(house.desk.handle(make_message("noon"))) as events:
        async for event in events:
            if isinstance(event, Text):
                await house.say("/stop")
            last = event
    assert isinstance(last, Done)
    assert (last.answer.outcome, last.answer.text) == (Outcome.STOPPED, "It is")


async def test_only_so_many_messages_of_a_chat_wait(house: House) -> None:
    tasks = [asyncio.create_task(house.say("wait")) for _ in range(WAITING + 1)]
    await house.engine.waiting.wait()

    refused = await house.say("one more")
    assert refused.outcome is Outcome.DENIED
    assert str(WAITING + 1) in refused.text
    assert (await house.say("elsewhere", chat="other")).outcome is Outcome.ANSWERED
    house.engine.gate.set()
    assert {answer.outcome for answer in await asyncio.gather(*tasks)} == {Outcome.ANSWERED}


async def test_an_asker_may_ask_only_so_often_and_admins_as_they_like() -> None:
    house = House(per_minute=2)
    await house.say("one", chat="a")
    house.now = 20.0
    await house.say("two", chat="b")

    refused = await house.say("three", chat="c")
    assert refused.outcome is Outcome.DENIED
    assert refused.text == ENGLISH.too_fast.format(seconds=40)
    assert (await house.say("mine", asker="eve")).outcome is Outcome.ANSWERED
    for text in ("a", "b", "c"):
        assert (await house.say(text, asker="ada")).outcome is Outcome.ANSWERED
    house.now = 60.0
    assert (await house.say("four")).outcome is Outcome.ANSWERED


async def test_searches_count_as_questions() -> None:
    house = House(per_minute=2)
    await house.say("/search")
    await house.say("/search the parcel")
    await house.say("noon")
    assert (await house.say("/search moon")).outcome is Outcome.DENIED
    assert house.search.queries == ["the parcel"]
    assert (await house.say("/search moon", asker="ada")).outcome is Outcome.NOTICE


async def test_a_message_is_accepted_once(house: House) -> None:
    message = make_message("noon")
    assert await house.desk.accept(message)
    assert not await house.desk.accept(message)
    assert await house.desk.accept(make_message("night"))


async def test_whoami_tells_the_key_for_the_settings(house: House) -> None:
    assert "test:bob, a member" in (await house.say("/whoami")).text
    assert "test:ada, an admin" in (await house.say("/whoami", asker="ada")).text


async def test_reindex_is_for_admins(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    denied = await house.say("/reindex")
    assert (denied.outcome, house.librarian.runs) == (Outcome.DENIED, 0)
    assert "test:bob" in denied.text
    assert "test:bob may not use /reindex" in caplog.text

    house.librarian.gate.clear()
    async with aclosing(house.desk.handle(make_message("/reindex", asker="ada"))) as events:
        assert await anext(events) == Working(ENGLISH.reindexing)
        assert await anext(events) == Working("Reading documents: 2 of 5")
        house.librarian.gate.set()
        last = await anext(events)
    assert isinstance(last, Done)
    assert "new.md" in last.answer.text
    assert house.librarian.runs == 1


async def test_answering_goes_on_while_the_index_is_brought_up_to_date(house: House) -> None:
    house.librarian.gate.clear()
    first = asyncio.create_task(house.say("/reindex", asker="ada"))
    second = asyncio.create_task(house.say("/reindex", asker="ada", chat="other"))
    await asyncio.sleep(0)

    assert (await house.say("noon", asker="ada")).outcome is Outcome.ANSWERED
    house.librarian.gate.set()
    reports = await asyncio.gather(first, second)
    assert house.librarian.begun == 1
    assert reports[0] == reports[1]


async def test_a_failed_run_is_told_to_all_who_follow_it(house: House) -> None:
    house.librarian.gate.clear()
    house.librarian.error = StoreError("The disk is full.")
    runs = [asyncio.create_task(house.say("/reindex", asker="ada")) for _ in range(2)]
    await asyncio.sleep(0)
    house.librarian.gate.set()

    for answer in await asyncio.gather(*runs):
        assert answer.outcome is Outcome.FAILED
        assert "The disk is full." in answer.text


async def test_a_run_goes_on_without_its_followers_and_ends_with_the_desk(house: House) -> None:
    house.librarian.gate.clear()
    async with aclosing(house.desk.handle(make_message("/reindex", asker="ada"))) as events:
        assert await anext(events) == Working(ENGLISH.reindexing)
        assert isinstance(await anext(events), Working)
    assert (house.librarian.begun, house.librarian.runs) == (1, 0)
    await house.desk.close()
    house.librarian.gate.set()
    await house.say("/reindex", asker="ada")
    assert (house.librarian.begun, house.librarian.runs) == (2, 1)


async def test_reindex_never_deletes_much_by_itself(house: House) -> None:
    house.librarian.deletes = (80, 100)

    answer = await house.say("/reindex", asker="ada")
    assert answer.outcome is Outcome.FAILED
    assert "80 of 100" in answer.text
    assert house.librarian.runs == 0

    (delete,) = answer.buttons
    assert (await house.say(delete.command)).outcome is Outcome.DENIED
    assert (await house.say(delete.command, asker="ada")).outcome is Outcome.NOTICE
    assert house.librarian.runs == 1


async def test_more_than_was_agreed_to_is_asked_about_again(house: House) -> None:
    house.librarian.deletes = (80, 100)
    (delete,) = (await house.say("/reindex", asker="ada")).buttons
    house.librarian.deletes = (100, 100)

    answer = await house.say(delete.command, asker="ada")
    assert "100 of 100" in answer.text
    assert house.librarian.runs == 0
    (delete,) = answer.buttons
    assert (await house.say(delete.command, asker="ada")).outcome is Outcome.NOTICE


async def test_a_run_that_was_agreed_to_joins_none_that_was_not() -> None:
    librarian = Librarian()
    librarian.deletes = (80, 100)
    librarian.gate.clear()
    reindexing = Reindexing(librarian, Metrics())

    async def follow(*, agreed: int = 0, anew: bool = False) -> Progress | IndexReport:
        return [step async for step in reindexing.follow(agreed=agreed, anew=anew)][-1]

    runs = [
        asyncio.create_task(follow()),
        asyncio.create_task(follow(anew=True)),
        asyncio.create_task(follow(agreed=80)),
    ]
    await asyncio.sleep(0)
    librarian.gate.set()
    first, anew, agreed = await asyncio.gather(*runs, return_exceptions=True)
    assert isinstance(first, WouldDelete)
    assert isinstance(anew, WouldDelete)
    assert isinstance(agreed, IndexReport)
    assert librarian.runs == 1


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
    assert set(words.commands) == {c.name for c in COMMANDS.values() if not c.hidden}
    assert set(words.upload_refused) == set(Refusal)
    assert OpenbookError in words.failures
