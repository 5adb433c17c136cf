"""What people are told at the desk where not everybody may see everything."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.access.doors import Doors
from bot.access.folders import Folders
from bot.desk import Desk
from bot.nouns import Answer, Asker, Attachment, Chat, Done, Message, Outcome, Waiting
from bot.texts import CHINESE, ENGLISH
from tests.desks import Engine, make_desk
from tests.leaks import Paper, Place
from tests.mailbox import Mailbox

ADA, BOB, ROOT = Asker("telegram", "1"), Asker("telegram", "2"), Asker("telegram", "9")
GROUP = Chat("telegram", "-100", private=False)
PAPERS = (
    Paper("pay/salary.md", ("salary", "salary"), "zqpay"),
    Paper("pay/open/kettle.md", ("kettle", "kettle"), "zqkettle"),
    Paper("shop/prices/parcel.md", ("parcel", "parcel"), "zqparcel"),
    Paper("parcel.md", ("parcel", "refund"), "zqtop"),
)
RULES = {"pay/": "see = ['telegram:1']", "pay/open/": "see = ['everyone']"}


class Counter:
    """Talks to a desk; each message is an event of its own."""

    def __init__(self, place: Place, desk: Desk) -> None:
        self.place = place
        self.desk = desk
        self._count = 0

    async def say(self, text: str, asker: Asker, chat: Chat | None = None) -> Answer:
        return (await self.hear(text, asker, chat))[-1]

    async def hear(self, text: str, asker: Asker, chat: Chat | None = None) -> list[Answer]:
        self._count += 1
        chat = chat or Chat("telegram", asker.id)
        message = Message(f"e{self._count}", text, asker, chat, datetime.now(UTC))
        return [
            event.answer async for event in self.desk.handle(message) if isinstance(event, Done)
        ]


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    place = Place(tmp_path)
    place.write_rules(RULES)
    await place.index(PAPERS)
    async with place.open_desk(admins=frozenset({ROOT.key})) as desk:
        yield Counter(place, desk)


async def test_whoami_tells_what_may_be_seen(counter: Counter) -> None:
    told = (await counter.say("/whoami", ADA)).text.splitlines()
    assert told == [
        "You are telegram:1, a member.",
        "You may see: files in no folder · pay/ · shop/",
    ]
    told = (await counter.say("/whoami", BOB)).text.splitlines()
    assert told[1] == "You may see: files in no folder · pay/open/ · shop/"
    told = (await counter.say("/whoami", ROOT)).text.splitlines()
    assert told[1] == "You may see: all documents (files in no folder · pay/ · shop/)"
    told = (await counter.say("/whoami", ROOT, GROUP)).text.splitlines()
    assert "What everybody here may see: files in no folder · pay/open/ · shop/" in told


async def test_whoami_in_a_group_tells_what_all_there_may_see(counter: Counter) -> None:
    told = (await counter.say("/whoami", ADA, GROUP)).text.splitlines()
    assert told == [
        "You are telegram:1, a member.",
        "This chat is telegram:-100.",
        "What everybody here may see: files in no folder · pay/open/ · shop/",
        ENGLISH.more_in_private,
    ]
    assert ENGLISH.more_in_private not in (await counter.say("/whoami", BOB, GROUP)).text
    counter.place.write_rules({"": "see = ['telegram:1']"} | RULES | {"pay/open/": "see = []"})
    told = (await counter.say("/whoami", replace(BOB, language="zh"))).text.splitlines()
    assert told == ["您是 telegram:2，普通用户。", CHINESE.sees_nothing]


async def test_whoami_shows_the_first_of_many_folders(counter: Counter) -> None:
    await counter.place.index(
        [Paper(f"f{n:02}/a.md", ("parcel", "refund"), "x") for n in range(30)]
    )
    text = (await counter.say("/whoami", BOB)).text
    assert "f19/" in text
    assert "f20/" not in text
    assert text.endswith("… and 13 more")


async def test_what_a_group_may_not_see_is_offered_in_private(counter: Counter) -> None:
    question = "salary"
    alone = await counter.say(question, ADA)
    assert "zqpay" in alone.text
    among_others = await counter.say(question, ADA, GROUP)
    assert among_others.outcome is Outcome.NOT_FOUND
    assert among_others.note == ENGLISH.more_in_private
    for asker, chat in ((BOB, GROUP), (BOB, None)):
        answer = await counter.say(question, asker, chat)
        assert answer.outcome is Outcome.NOT_FOUND
        assert "zqpay" not in repr(answer)
        assert answer.note == ""


async def test_an_answer_is_shown_no_longer_than_its_documents(counter: Counter) -> None:
    name = (await counter.say("What about the salary?", ADA)).buttons[0].command.split()[-1]
    for command in ("again", "why", "sources", "rate up"):
        assert (await counter.say(f"/{command} {name}", ADA)).text != ENGLISH.no_such_answer
    counter.place.write_rules({"pay/": "see = []"})
    for command in ("again", "why", "sources", "rate up"):
        answer = await counter.say(f"/{command} {name}", ADA)
        assert answer.text == ENGLISH.no_such_answer
    assert (await counter.say("/why", ADA)).text == ENGLISH.no_answer_yet
    assert "zqpay" not in repr(await counter.hear("And how much is it?", ADA))


async def test_what_a_dead_process_was_delivering_is_shown_no_longer_than_its_documents(
    counter: Counter,
) -> None:
    message = Message("e9", "salary", ADA, Chat("telegram", ADA.id), datetime.now(UTC))
    waiting = Waiting("e9", "telegram", {}, sent=("7",), answer=await counter.say("salary", ADA))
    recalled = await counter.desk.deliveries.recall(message, waiting)
    assert recalled is not None
    assert "zqpay" in recalled.text
    counter.place.write_rules({"pay/": "see = []"})
    recalled = await counter.desk.deliveries.recall(message, waiting)
    assert recalled == Answer(ENGLISH.rights_changed, Outcome.FAILED)


async def test_a_learned_answer_is_told_to_those_who_may_read_it(tmp_path: Path) -> None:
    place, mailbox = Place(tmp_path), Mailbox("telegram")
    place.telling.connect(mailbox)
    await place.index(PAPERS)
    place.write_rules({"answers/": "see = ['telegram:1']"})
    async with place.open_desk(admins=frozenset({ROOT.key})) as desk:
        counter = Counter(place, desk)
        for asker in (ADA, BOB):
            refused = await counter.say("How heavy is the moon?", asker)
            assert refused.outcome is Outcome.NOT_FOUND
        said = await counter.say("/gaps 1 As heavy as it looks.", ROOT)
    assert "Askers told: 1" in said.text
    assert [one.room for one in mailbox.letters] == ["telegram:1"]


async def test_reports_are_for_who_sees_everything(counter: Counter) -> None:
    assert "bad.pdf" in (await counter.say("/status", ROOT)).text
    assert (await counter.say("/status", ROOT, GROUP)).text == ENGLISH.details_in_private
    told = await counter.say("/reindex", ROOT, GROUP)
    assert told.text == f"{ENGLISH.reindexed}\n{ENGLISH.details_in_private}"
    assert "new.md" in (await counter.say("/reindex", ROOT)).text
    counter.place.write_rules({})
    await counter.place.index(PAPERS)
    assert "bad.pdf" in (await counter.say("/status", ROOT, GROUP)).text


async def test_a_run_that_would_delete_is_agreed_to_in_private(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write_rules(RULES)
    await place.index(PAPERS)
    place.librarian.deletes = (80, 100)
    async with place.open_desk(admins=frozenset({ROOT.key})) as desk:
        counter = Counter(place, desk)
        assert (await counter.say("/reindex", ROOT, GROUP)).text == ENGLISH.details_in_private
        assert "80 of 100" in (await counter.say("/reindex", ROOT)).text


async def test_what_could_not_be_indexed_is_not_learned(tmp_path: Path) -> None:
    place, mailbox = Place(tmp_path), Mailbox("telegram")
    place.telling.connect(mailbox)
    place.write_rules(RULES)
    await place.index(PAPERS)
    place.librarian.deletes = (80, 100)
    async with place.open_desk(admins=frozenset({ROOT.key})) as desk:
        counter = Counter(place, desk)
        await counter.say("How heavy is the moon?", BOB)
        said = await counter.say("/gaps 1 As heavy as it looks.", ROOT, GROUP)
        reason = ENGLISH.not_learned.format(reason=ENGLISH.details_in_private)
        assert (said.outcome, said.text) == (Outcome.FAILED, reason)
        assert mailbox.letters == []
        assert "#1" in (await counter.say("/gaps", ROOT)).text


def make_closed_desk(folder: Path) -> Desk:
    async def read_published() -> str:
        return ""

    doors = Doors(
        Folders(folder),
        read_published,
        is_admin=lambda asker: asker == ROOT,
        members=["telegram:1"],
    )
    return make_desk(Engine(), doors=doors)


@pytest.mark.parametrize("text", ["When?", "/whoami", "/search parcel", "/start", ""])
async def test_strangers_are_told_their_key(tmp_path: Path, text: str) -> None:
    counter = Counter(Place(tmp_path), make_closed_desk(tmp_path))
    answer = await counter.say(text, replace(BOB, language="en"))
    assert (answer.outcome, answer.text) == (
        Outcome.DENIED,
        ENGLISH.not_a_member.format(key="telegram:2"),
    )
    answer = await counter.say(text, ADA, GROUP)
    assert answer.text == ENGLISH.not_a_member_chat.format(key="telegram:-100")
    assert (await counter.say("/whoami", ADA)).outcome is Outcome.NOTICE
    assert (await counter.say("/whoami", ROOT)).outcome is Outcome.NOTICE


async def test_strangers_are_told_in_their_language_and_leave_no_files(tmp_path: Path) -> None:
    desk = make_closed_desk(tmp_path)
    counter = Counter(Place(tmp_path), desk)
    answer = await counter.say("什么时候发货？", BOB)
    assert answer.text == CHINESE.not_a_member.format(key="telegram:2")

    async def fetch() -> bytes:
        raise AssertionError("It must not be fetched.")

    file = Attachment("a.md", 9, fetch)
    chat = Chat("telegram", BOB.id)
    message = Message("f", "", BOB, chat, datetime.now(UTC), attachment=file)
    (answer,) = [event.answer async for event in desk.handle(message) if isinstance(event, Done)]
    assert answer.outcome is Outcome.DENIED
    assert "telegram:2" in answer.text


async def test_rights_that_end_while_an_answer_is_made_end_it(tmp_path: Path) -> None:
    place, engine = Place(tmp_path), Engine()

    async def read_published() -> str:
        return ""

    desk = make_desk(
        engine,
        doors=Doors(
            Folders(place.root), read_published, is_admin=lambda asker: asker == ROOT, fresh=0
        ),
    )
    counter = Counter(place, desk)
    asking = asyncio.create_task(counter.say("wait", BOB))
    await engine.waiting.wait()
    place.write_rules({"shop/": "see = []"})
    engine.gate.set()
    answer = await asking
    assert (answer.outcome, answer.text) == (Outcome.FAILED, ENGLISH.rights_changed)
    assert (await counter.say("noon", BOB)).outcome is Outcome.ANSWERED


async def test_the_staff_is_told_only_what_all_of_it_may_see(tmp_path: Path) -> None:
    place, mailbox = Place(tmp_path), Mailbox("telegram")
    place.telling.connect(mailbox)
    place.write_rules(RULES)
    await place.index(PAPERS)
    async with place.open_desk(staff=GROUP) as desk:
        counter = Counter(place, desk)
        await counter.say("salary", ADA)
        assert (await counter.say("/human", ADA)).text == ENGLISH.human_called
        told = repr(mailbox.letters)
        assert "salary" in told
        assert "zqpay" not in told
        await counter.say("parcel", BOB)
        await counter.say("/human", BOB)
        assert "zqparcel" in repr(mailbox.letters)
