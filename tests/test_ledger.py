"""The ledger: what holds for every inbox and archive, in memory, SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.errors import LedgerError
from bot.ledger.archive import SqlArchive
from bot.ledger.inbox import SqlInbox
from bot.ledger.opening import make_engine, open_ledger, read_address
from bot.ledger.schema import answers
from bot.memory import MemoryArchive, MemoryInbox
from bot.nouns import (
    EVERYTHING,
    NOTHING,
    Answer,
    Chat,
    Citation,
    Evidence,
    Kept,
    Outcome,
    Scope,
    Turn,
    Usage,
    Waiting,
    make_scope,
)
from bot.recovery import take_up_messages
from bot.seams import Archive, Inbox
from tests.desks import PASSAGE, Engine, make_desk, make_message
from tests.ledgers import KINDS, make_address
from tests.test_serving import Platform

ANSWER = Answer(
    "It is noon [1].",
    Outcome.ANSWERED,
    citations=(Citation(1, PASSAGE, "Parcels leave on the same day."),),
    passages=(PASSAGE,),
    usage=Usage("gpt-test", 1200, 0, 34, price=0.01, seconds={"model": 1.0}),
    query="noon",
    evidence=Evidence(0.8, 0.5, {"share": 1.0}),
)


@pytest.fixture(params=KINDS)
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with make_address(request.param, tmp_path) as address:
        yield address


@pytest.fixture(params=("memory", *KINDS))
async def parts(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Inbox, Archive]]:
    if request.param == "memory":
        yield MemoryInbox(), MemoryArchive()
        return
    async with make_address(request.param, tmp_path) as address, open_ledger(address) as ledger:
        yield ledger.inbox, ledger.archive


@pytest.fixture
def inbox(parts: tuple[Inbox, Archive]) -> Inbox:
    return parts[0]


@pytest.fixture
def archive(parts: tuple[Inbox, Archive]) -> Archive:
    return parts[1]


def keep(chat: str = "c", question: str = "noon?", event_id: str = "e", asker: str = "a") -> Kept:
    return Kept(question, ANSWER, chat, asker, event_id)


async def test_a_message_is_accepted_once(inbox: Inbox) -> None:
    assert await inbox.accept(make_message("noon"), {"update": 1})
    assert not await inbox.accept(make_message("noon"), {"update": 2})
    assert await inbox.accept(make_message("night"))


async def test_of_those_that_arrive_at_once_each_is_accepted_once(inbox: Inbox) -> None:
    arriving = ["noon", "night", "noon", "dawn", "night"]
    accepted = await asyncio.gather(*(inbox.accept(make_message(text), {}) for text in arriving))
    assert accepted == [True, True, False, True, False]


async def test_what_cannot_be_written_fails_alone(address: str) -> None:
    async with open_ledger(address) as ledger:
        arriving = [make_message(text) for text in ("noon", "half a sign \ud83d", "noon", "night")]
        accepting = [ledger.inbox.accept(message, {}) for message in arriving]
        accepted = await asyncio.gather(*accepting, return_exceptions=True)
        failed = [isinstance(one, Exception) for one in accepted]
        assert failed == [False, True, False, False]
        assert [accepted[0], *accepted[2:]] == [True, False, True]


async def test_what_was_sent_is_known(inbox: Inbox) -> None:
    await inbox.accept(make_message("noon"), {})
    assert await inbox.find_sent("e-noon") == ()
    await inbox.note_sent("e-noon", ("7",))
    assert await inbox.find_sent("e-noon") == ("7",)
    await inbox.settle("e-noon", ("7", "8"))
    assert await inbox.find_sent("e-noon") == ("7", "8")
    assert await inbox.find_sent("e-other") == ()


async def test_who_is_alone_is_known(address: str) -> None:
    here, there = Chat("slack", "C1", "T1", "1.0"), Chat("slack", "C11", "T1", "2.0")
    async with open_ledger(address) as ledger:
        await ledger.inbox.accept(replace(make_message("noon"), chat=here), {})
        await ledger.inbox.accept(replace(make_message("night"), chat=there), {})
        assert await ledger.inbox.is_alone("e-noon", "slack:T1/C1/")
        assert not await ledger.inbox.is_alone("e-night", "slack:T1/C1/")
        pressed = replace(make_message("dawn"), chat=replace(here, thread="@U1"))
        await ledger.inbox.accept(pressed)
        assert not await ledger.inbox.is_alone("e-noon", "slack:T1/C1/")


async def test_an_answer_comes_back_with_all_its_evidence(archive: Archive) -> None:
    name = await archive.keep(keep(), remembered=True)

    kept = await archive.find(name, "c")
    assert kept == keep()
    assert await archive.find(name, "other chat") is None
    assert await archive.find("nothing", "c") is None


async def test_votes_stand_with_the_answer(archive: Archive) -> None:
    name = await archive.keep(keep(), remembered=True)
    await archive.vote(name, "ada", "up")
    await archive.vote(name, "bob", "up")
    await archive.vote(name, "ada", "down")
    await archive.vote(name, "bob", "")

    kept = await archive.find(name, "c")
    assert kept is not None
    assert kept.votes == {"ada": "down"}


async def test_conversations_are_told_in_order_and_forgotten(archive: Archive) -> None:
    for number in range(4):
        await archive.keep(keep(question=f"q{number}", event_id=f"e{number}"), remembered=True)
    await archive.keep(keep(question="aside"), remembered=False)
    last = await archive.keep(keep(chat="other"), remembered=True)

    assert await archive.read_turns("c", 3, EVERYTHING) == [
        Turn(f"q{n}", ANSWER.text) for n in (1, 2, 3)
    ]
    await archive.forget_turns("c", since="nothing")
    assert len(await archive.read_turns("c", 10, EVERYTHING)) == 4
    await archive.forget_turns("c", since="e2")
    assert [turn.question for turn in await archive.read_turns("c", 10, EVERYTHING)] == ["q0", "q1"]
    await archive.forget_turns("c")
    assert await archive.read_turns("c", 10, EVERYTHING) == []
    assert await archive.find_last("c") == ""
    assert await archive.find_last("other") == last


async def test_a_turn_is_told_where_all_it_was_made_from_may_be_seen(archive: Archive) -> None:
    closed, open_only = make_scope({"hr/": False}), make_scope({"": False, "hr/": True})
    for scope in (EVERYTHING, closed, open_only, NOTHING):
        made = replace(keep(question=str(scope)), answer=replace(ANSWER, scope=scope))
        await archive.keep(made, remembered=True)

    async def read(scope: Scope) -> list[str]:
        return [turn.question for turn in await archive.read_turns("c", 9, scope)]

    assert len(await read(EVERYTHING)) == 4
    assert await read(closed) == [str(closed), str(NOTHING)]
    assert await read(open_only) == [str(open_only), str(NOTHING)]
    assert await read(NOTHING) == [str(NOTHING)]


async def test_a_chat_keeps_its_language(archive: Archive) -> None:
    assert await archive.read_language("c") == ""
    await archive.set_language("c", "zh")
    await archive.set_language("c", "en")
    assert await archive.read_language("c") == "en"
    await archive.set_language("c", "")
    assert await archive.read_language("c") == ""


# What only a ledger does.


async def test_what_is_left_unanswered_is_taken_up_once(
    address: str,
) -> None:
    async with open_ledger(address, lease=0.0) as first:
        await first.inbox.accept(make_message("left"), {"update": 1})
        await first.inbox.note_sent("e-left", ("5",))
        await first.inbox.accept(make_message("done"), {"update": 2})
        await first.inbox.settle("e-done", ("6",))
        await first.inbox.accept(make_message("press"))
        await first.inbox.accept(make_message("sent"), {"update": 3})
        name = await first.archive.keep(keep(), remembered=True)
        await first.inbox.begin_delivery("e-sent", name, ())

    async with open_ledger(address) as second, open_ledger(address) as third:
        assert await second.inbox.claim(["slack"]) == []
        taken = await asyncio.gather(*(one.inbox.claim(["test"]) for one in (second, third) * 3))
        found = {waiting.event_id: waiting for claimed in taken for waiting in claimed}
        assert sum(map(len, taken)) == len(found) == 2
        assert (found["e-left"].envelope, found["e-left"].sent) == ({"update": 1}, ("5",))
        assert found["e-left"].answer is None
        delivered = found["e-sent"].answer
        assert delivered is not None
        assert (delivered.text, delivered.name) == (ANSWER.text, name)


class Picky(Platform):
    """Cannot read one of the messages that are left to it."""

    def __init__(self) -> None:
        super().__init__(ready=True)
        self.taken: list[str] = []
        self.all_seen = asyncio.Event()

    def take_up(self, waiting: Waiting) -> None:
        self.taken.append(waiting.event_id)
        if len(self.taken) == 2:
            self.all_seen.set()
        if "update" not in waiting.envelope:
            raise KeyError("update")


async def test_a_message_that_cannot_be_read_is_no_harm_to_the_others(address: str) -> None:
    async with open_ledger(address, lease=0.0) as first:
        await first.inbox.accept(make_message("broken"), {})
        await first.inbox.accept(make_message("noon"), {"update": 1})
    platform = Picky()
    async with open_ledger(address) as second:
        desk = make_desk(Engine(), inbox=second.inbox, archive=second.archive)
        looking = asyncio.create_task(take_up_messages(desk, [platform], pause=0.01))
        async with asyncio.timeout(10):
            await platform.all_seen.wait()
        assert not looking.done()
        looking.cancel()
        await asyncio.wait([looking])
    assert sorted(platform.taken) == ["e-broken", "e-noon"]


class Stumbling(MemoryInbox):
    """Fails the first time that it is asked what is left."""

    def __init__(self) -> None:
        super().__init__()
        self.stumbled = False
        self.asked_again = asyncio.Event()

    async def claim(self, platforms: Collection[str]) -> list[Waiting]:
        if self.stumbled:
            self.asked_again.set()
            return []
        self.stumbled = True
        raise ValueError("a row that nobody can read")


async def test_what_goes_wrong_once_does_not_end_the_care() -> None:
    inbox = Stumbling()
    desk = make_desk(Engine(), inbox=inbox)
    looking = asyncio.create_task(take_up_messages(desk, [], pause=0.01))
    async with asyncio.timeout(10):
        await inbox.asked_again.wait()
    looking.cancel()
    await asyncio.wait([looking])


async def test_an_answer_that_another_version_kept_is_given_anew(address: str) -> None:
    engine = make_engine(read_address(address))
    async with open_ledger(address, lease=0.0) as ledger:
        for text in ("noon", "night"):
            await ledger.inbox.accept(make_message(text), {"update": 1})
        name = await ledger.archive.keep(keep(), remembered=True)
        await ledger.inbox.begin_delivery("e-noon", name, ("7",))
        async with engine.begin() as connection:
            await connection.execute(update(answers).values(answer={"said": "It is noon."}))
        await engine.dispose()
        found = {one.event_id: one for one in await ledger.inbox.claim(["test"])}
    assert sorted(found) == ["e-night", "e-noon"]
    assert (found["e-noon"].answer, found["e-noon"].sent) == (None, ("7",))


async def test_a_living_process_keeps_its_messages(address: str) -> None:
    async with open_ledger(address, lease=0.3) as first, open_ledger(address) as second:
        await first.inbox.accept(make_message("mine"), {})
        for _ in range(4):
            await asyncio.sleep(0.15)
            await first.inbox.renew(["e-mine"])
            assert await second.inbox.claim(["test"]) == []
        await asyncio.sleep(0.4)
        assert [one.event_id for one in await second.inbox.claim(["test"])] == ["e-mine"]


async def test_what_a_living_process_no_longer_answers_is_taken_up(address: str) -> None:
    async with open_ledger(address, lease=0.3) as first:
        await first.inbox.accept(make_message("left"), {})
        await first.inbox.accept(make_message("mine"), {})
        await asyncio.sleep(0.4)
        await first.inbox.renew(["e-mine"])
        assert [one.event_id for one in await first.inbox.claim(["test"])] == ["e-left"]


async def test_what_another_process_has_taken_up_is_not_answered_here(address: str) -> None:
    async with open_ledger(address, lease=0.0) as first, open_ledger(address) as second:
        await first.inbox.accept(make_message("noon"), {})
        await second.inbox.claim(["test"])
        await first.inbox.renew(["e-noon"])
        with pytest.raises(LedgerError, match="Another process"):
            await first.inbox.begin_delivery("e-noon", "", ())
        await second.inbox.begin_delivery("e-noon", "", ())


async def test_a_message_is_not_taken_up_for_ever(address: str) -> None:
    async with open_ledger(address, lease=0.01) as ledger:
        await ledger.inbox.accept(make_message("poison"), {})
        lasts: list[bool] = []
        async with asyncio.timeout(20):
            while len(lasts) < 4:
                lasts += [one.last for one in await ledger.inbox.claim(["test"])]
        assert lasts == [False, False, False, True]
        await asyncio.sleep(0.7)
        assert await ledger.inbox.claim(["test"]) == []
        assert await ledger.drop_older(-1) == 1


async def test_what_is_released_is_taken_up_at_once(address: str) -> None:
    async with open_ledger(address) as first:
        await first.inbox.accept(make_message("noon"), {"update": 1})
        await first.inbox.release("e-noon", ("3",))
        (waiting,) = await first.inbox.claim(["test"])
        assert waiting.sent == ("3",)


async def test_what_is_settled_is_not_released(address: str) -> None:
    async with open_ledger(address) as ledger:
        await ledger.inbox.accept(make_message("noon"), {"update": 1})
        await ledger.inbox.settle("e-noon", ("3",))
        await ledger.inbox.release("e-noon", ())
        assert await ledger.inbox.find_sent("e-noon") == ("3",)
        assert await ledger.drop_older(-1) == 1


async def test_who_was_taken_for_dead_changes_nothing(address: str) -> None:
    async with open_ledger(address, lease=0.0) as frozen, open_ledger(address) as living:
        await frozen.inbox.accept(make_message("noon"), {"update": 1})
        await living.inbox.claim(["test"])
        await living.inbox.begin_delivery("e-noon", "", ("7",))
        await frozen.inbox.note_sent("e-noon", ("3",))
        await frozen.inbox.release("e-noon", ("3",))
        await frozen.inbox.settle("e-noon", ("3",))
        assert await living.inbox.find_sent("e-noon") == ("7",)
        assert await frozen.inbox.claim(["test"]) == []
        assert await living.drop_older(-1) == 0


async def test_an_edit_is_noted_with_what_another_process_has_answered(address: str) -> None:
    async with open_ledger(address) as first, open_ledger(address) as second:
        await first.inbox.accept(make_message("noon"), {"update": 1})
        await first.inbox.settle("e-noon", ("3",))
        await second.inbox.note_sent("e-noon", ("3", "4"))
        assert await first.inbox.find_sent("e-noon") == ("3", "4")


async def test_everything_outlives_the_process(address: str) -> None:
    async with open_ledger(address) as first:
        await first.inbox.accept(make_message("noon"), {})
        name = await first.archive.keep(keep(), remembered=True)
        await first.archive.set_language("c", "zh")
    async with open_ledger(address) as second:
        assert not await second.inbox.accept(make_message("noon"), {})
        assert await second.archive.find(name, "c") == keep()
        assert await second.archive.read_language("c") == "zh"


async def test_processes_that_begin_at_once_make_the_tables_once(address: str) -> None:
    async with AsyncExitStack() as stack:
        opened = [open_ledger(address) for _ in range(6)]
        ledgers = await asyncio.gather(*map(stack.enter_async_context, opened))
        accepted = [await one.inbox.accept(make_message("noon"), {}) for one in ledgers]
    assert accepted == [True, *[False] * 5]


async def test_a_person_can_be_forgotten(address: str) -> None:
    async with open_ledger(address) as ledger:
        await ledger.inbox.accept(make_message("mine", asker="ada"), {})
        mine = await ledger.archive.keep(keep(asker="test:ada"), remembered=True)
        theirs = await ledger.archive.keep(keep(asker="test:bob"), remembered=True)
        await ledger.archive.vote(theirs, "test:ada", "up")

        assert await ledger.forget_asker("test:ada") == 2
        assert await ledger.archive.find(mine, "c") is None
        kept = await ledger.archive.find(theirs, "c")
        assert kept is not None
        assert kept.votes == {}
        assert await ledger.inbox.accept(make_message("mine", asker="ada"), {})


async def test_old_things_are_dropped_but_nothing_unanswered(address: str) -> None:
    async with open_ledger(address) as ledger:
        await ledger.inbox.accept(make_message("open"), {})
        await ledger.inbox.accept(make_message("done"), {})
        await ledger.inbox.settle("e-done", ())
        await ledger.archive.keep(keep(), remembered=True)

        assert await ledger.drop_older(1) == 0
        assert await ledger.drop_older(-1) == 2
        assert not await ledger.inbox.accept(make_message("open"), {})


async def test_what_is_not_taken_up_again_is_dropped_wherever_it_ended(address: str) -> None:
    async with open_ledger(address) as ledger:
        await ledger.inbox.accept(make_message("press"))
        await ledger.inbox.begin_delivery("e-press", "", ())
        assert await ledger.drop_older(-1) == 1


MISWRITTEN = ("postgresql://bot:a@secret-word@host/name", "postgresql://bot@host:secret-word/name")


@pytest.mark.parametrize(
    "bad", ["mysql://host/db", "no address", "", "sqlite+pysqlite", *MISWRITTEN]
)
def test_an_address_of_no_ledger_is_refused(bad: str) -> None:
    with pytest.raises(LedgerError, match="DATABASE_URL") as caught:
        read_address(bad)
    assert "secret-word" not in str(caught.value)


def test_addresses_of_hosts_are_understood() -> None:
    assert read_address("postgres://a:b@host/db").drivername == "postgresql+asyncpg"
    assert read_address("postgresql+psycopg2://a@host/db").drivername == "postgresql+asyncpg"
    assert read_address("sqlite:///x.db").drivername == "sqlite+aiosqlite"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://nobody:secret-word@127.0.0.1:1/none",
        "postgresql://127.0.0.1:1/none?user=nobody&password=secret-word",
        "sqlite:////proc/none/x.db",
    ],
)
async def test_a_database_that_cannot_be_used_is_said_without_its_password(address: str) -> None:
    with pytest.raises(LedgerError) as caught:
        async with open_ledger(address):
            pass
    assert "secret-word" not in str(caught.value)


async def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database" * 1000)
    with pytest.raises(LedgerError, match="not a database"):
        async with open_ledger(f"sqlite:///{tmp_path}/ledger.db"):
            pass


def test_both_kinds_satisfy_the_seams(tmp_path: Path) -> None:
    inboxes: list[type[Inbox]] = [SqlInbox, MemoryInbox]
    archives: list[type[Archive]] = [SqlArchive, MemoryArchive]
    assert len(inboxes) == len(archives)
