"""What holds for every casebook: in memory, SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection

from bot.learning import Learning
from bot.ledger.opening import Ledger, find_migrations, make_engine, open_ledger, read_address
from bot.memory import MemoryArchive
from bot.memory_casebook import MemoryCasebook
from bot.nouns import Answer, Chat, Handoff, HandoffState, Kept, Outcome, Told, Unanswered
from bot.seams import Archive, Casebook
from bot.staff import Staff
from bot.telling import Telling
from bot.texts import ENGLISH
from tests.desks import make_message
from tests.ledgers import KINDS, make_address
from tests.mailbox import PERSON, Mailbox

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HANDOFF = Handoff(0, "test:/c/", "test:bob", "Bob", "en", "wrap?", "abcd", touched=NOW)


@pytest.fixture(params=("memory", *KINDS))
async def parts(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Archive, Casebook]]:
    if request.param == "memory":
        archive = MemoryArchive()
        yield archive, MemoryCasebook(archive)
        return
    async with make_address(request.param, tmp_path) as address, open_ledger(address) as ledger:
        yield ledger.archive, ledger.casebook


@pytest.fixture
def archive(parts: tuple[Archive, Casebook]) -> Archive:
    return parts[0]


@pytest.fixture
def casebook(parts: tuple[Archive, Casebook]) -> Casebook:
    return parts[1]


async def open_one(casebook: Casebook, handoff: Handoff = HANDOFF) -> Handoff:
    opened = await casebook.open(handoff)
    assert opened is not None
    return opened


async def test_a_handoff_comes_back_as_it_was(casebook: Casebook) -> None:
    opened = await open_one(casebook)
    assert opened == replace(HANDOFF, number=opened.number)
    assert await casebook.find(opened.number) == opened
    assert await casebook.find(opened.number + 1) is None
    assert await casebook.find_open("test:/c/", "test:bob") == opened
    assert await casebook.find_open("test:/c/", "test:mia") is None


async def test_one_is_open_at_a_time(casebook: Casebook) -> None:
    opened = await asyncio.gather(*(casebook.open(HANDOFF) for _ in range(3)))
    (first,) = [one for one in opened if one is not None]
    other = await open_one(casebook, replace(HANDOFF, asker="test:mia"))
    assert other.number != first.number
    assert await casebook.change(first, replace(first, state=HandoffState.CLOSED))
    assert await casebook.find_open("test:/c/", "test:bob") is None
    assert (await open_one(casebook)).number not in (first.number, other.number)


async def test_what_two_change_at_once_is_changed_both(casebook: Casebook) -> None:
    talking = replace(HANDOFF, state=HandoffState.TALKING)
    opened = await open_one(casebook, talking)
    assert await casebook.change(opened, replace(opened, said={"e": "Yes."}, chat="test:/d/"))
    assert await casebook.change(opened, replace(opened, touched=NOW + timedelta(minutes=1)))
    assert await casebook.find(opened.number) == replace(
        opened, said={"e": "Yes."}, chat="test:/d/", touched=NOW + timedelta(minutes=1)
    )


async def test_what_an_event_led_to_is_found(casebook: Casebook) -> None:
    opened = await open_one(casebook, replace(HANDOFF, event_id="e1"))
    assert await casebook.find_led("e1") == opened
    left = replace(opened, state=HandoffState.LEFT, event_id="e2")
    assert await casebook.change(opened, left)
    assert await casebook.find_led("e1") is None
    assert await casebook.find_led("e2") == left


@pytest.mark.parametrize("kind", KINDS)
async def test_no_number_is_given_twice(kind: str, tmp_path: Path) -> None:
    async with make_address(kind, tmp_path) as address, open_ledger(address) as ledger:
        first = await open_one(ledger.casebook)
        assert await ledger.forget_asker("test:bob") == 1
        second = await open_one(ledger.casebook, replace(HANDOFF, asker="test:mia"))
    assert second.number != first.number


async def test_of_two_changes_one_happens(casebook: Casebook) -> None:
    opened = await open_one(casebook)
    ends = (HandoffState.CLOSED, HandoffState.LEFT, HandoffState.EXPIRED)
    done = await asyncio.gather(
        *(casebook.change(opened, replace(opened, state=end)) for end in ends)
    )
    assert sum(done) == 1
    found = await casebook.find(opened.number)
    assert found is not None
    assert found.state is ends[done.index(True)]


async def test_one_that_would_be_the_second_in_a_chat_is_not_moved_there(
    casebook: Casebook,
) -> None:
    here = await open_one(casebook)
    await open_one(casebook, replace(HANDOFF, chat="test:/d/"))
    assert not await casebook.change(here, replace(here, chat="test:/d/"))
    assert await casebook.find(here.number) == here


async def test_quiet_ones_are_found_while_they_are_open(casebook: Casebook) -> None:
    opened = await open_one(casebook)
    assert await casebook.find_quiet(NOW) == []
    assert await casebook.find_quiet(NOW + timedelta(seconds=1)) == [opened]
    await casebook.change(opened, replace(opened, state=HandoffState.LEFT))
    assert await casebook.find_quiet(NOW + timedelta(seconds=1)) == []


async def test_messages_are_about_something(casebook: Casebook) -> None:
    await casebook.note_subject("test:staff", ("1", "2"), "handoff 7")
    await casebook.note_subject("test:staff", ("2",), "gap 3")
    assert await casebook.find_subject("test:staff", "1") == "handoff 7"
    assert await casebook.find_subject("test:staff", "2") == "gap 3"
    assert await casebook.find_subject("test:other", "1") == ""


async def keep(archive: Archive, question: str, outcome: Outcome) -> str:
    answer = Answer("x", outcome)
    return await archive.keep(Kept(question, answer, "c", "a", "e"), remembered=True)


async def test_what_is_unanswered_is_listed_until_it_is_settled(
    archive: Archive, casebook: Casebook
) -> None:
    await keep(archive, "refused", Outcome.NOT_FOUND)
    disliked = await keep(archive, "disliked", Outcome.ANSWERED)
    liked = await keep(archive, "liked", Outcome.ANSWERED)
    await keep(archive, "notice", Outcome.NOTICE)
    await archive.vote(disliked, "bob", "down")
    await archive.vote(liked, "bob", "up")

    found = await casebook.read_unanswered(10)
    assert [(one.question, one.disliked) for one in found] == [
        ("refused", False),
        ("disliked", True),
    ]
    assert [(one.chat, one.asker) for one in found] == [("c", "a")] * 2
    assert [one.question for one in await casebook.read_unanswered(1)] == ["disliked"]
    for _ in range(2):
        await casebook.settle([found[0].number])
    assert [one.question for one in await casebook.read_unanswered(10)] == ["disliked"]
    await archive.vote(disliked, "bob", "")
    assert await casebook.read_unanswered(10) == []


# What only a ledger does.


@pytest.fixture(params=KINDS)
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    async with make_address(request.param, tmp_path) as address, open_ledger(address) as ledger:
        yield ledger


async def test_a_person_can_be_forgotten(ledger: Ledger) -> None:
    opened = await open_one(ledger.casebook)
    assert await ledger.forget_asker("test:mia") == 0
    assert await ledger.forget_asker("test:bob") == 1
    assert await ledger.casebook.find(opened.number) is None


async def test_old_things_are_dropped_but_nothing_open(ledger: Ledger) -> None:
    opened = await open_one(ledger.casebook)
    other = await open_one(ledger.casebook, replace(HANDOFF, asker="test:mia"))
    await ledger.casebook.change(other, replace(other, state=HandoffState.CLOSED))
    await ledger.casebook.note_subject("test:staff", ("1",), "handoff 7")
    await ledger.casebook.settle([77])

    assert await ledger.drop_older(100_000) == 0
    assert await ledger.casebook.find_subject("test:staff", "1") == "handoff 7"
    assert await ledger.drop_older(-1) == 1
    assert await ledger.casebook.find(opened.number) == opened
    assert await ledger.casebook.find_subject("test:staff", "1") == ""


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_said_before_is_kept_when_the_tables_change(
    kind: str, tmp_path: Path
) -> None:
    def begin(connection: Connection) -> None:
        config = find_migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003_staff")
        row = {"open": "c a", "chat": "c", "asker": "a", "name": "", "language": "en"}
        row |= {"question": "wrap?", "answer": "", "state": "talking", "thread": ""}
        row |= {"said": "Yes.", "touched": "2026-05-04 12:00:00+00:00"}
        names = ", ".join(row)
        values = ", ".join(f"'{value}'" for value in row.values())
        connection.exec_driver_sql(f"INSERT INTO handoffs ({names}) VALUES ({values})")

    async with make_address(kind, tmp_path) as address:
        engine = make_engine(read_address(address))
        async with engine.begin() as connection:
            await connection.run_sync(begin)
        await engine.dispose()
        async with open_ledger(address) as ledger:
            found = await ledger.casebook.find(1)
            assert found is not None
            assert list(found.said.values()) == ["Yes."]
            after = replace(found, said={**found.said, "e": "No."}, event_id="e")
            assert await ledger.casebook.change(found, after)
            assert await ledger.casebook.find(1) == after
            assert (await open_one(ledger.casebook)).number == 2


async def test_letters_are_found_by_their_occasion(ledger: Ledger) -> None:
    told = Told(Chat("test", "c", thread="7", private=False), ("1", "2"))
    await ledger.letters.note("e1 asker", told, "test:bob")
    await ledger.letters.note("e1 asker", replace(told, numbers=("3",)), "test:bob")
    assert await ledger.letters.find("e1 asker") == told
    assert await ledger.letters.find("e1 staff") is None
    await ledger.drop_older(100_000)
    assert await ledger.letters.find("e1 asker") == told
    await ledger.drop_older(-1)
    assert await ledger.letters.find("e1 asker") is None


async def test_letters_are_forgotten_with_who_they_are_about(ledger: Ledger) -> None:
    told = Told(Chat("test", "c", private=False), ("1",))
    await ledger.letters.note("e1 asker", told, "test:bob")
    await ledger.letters.note("e1 staff", told, "test:mia")
    await ledger.letters.note("e-wrap? staff", told, "test:mia")
    await ledger.inbox.accept(make_message("wrap?"))  # which bob says
    await ledger.forget_asker("test:bob")
    assert await ledger.letters.find("e1 asker") is None
    assert await ledger.letters.find("e-wrap? staff") is None
    assert await ledger.letters.find("e1 staff") == told


async def test_that_somebody_was_told_an_answer_is_forgotten_with_them(ledger: Ledger) -> None:
    telling, asked = Telling(ledger.letters), ("bob", "mia")
    telling.connect(Mailbox())
    whispered = {one: Chat("test", "c", thread=f"{PERSON}{one}") for one in asked}
    questions = [
        Unanswered(number, "wrap?", whispered[one].key, f"test:{one}", False, NOW)
        for number, one in enumerate(asked)
    ]
    assert await Learning(Path(), telling).tell_askers(questions, "Yes.", "a.md", "e1") == 2
    await ledger.forget_asker("test:bob")
    assert await ledger.letters.find("e1 0") is None
    assert await ledger.letters.find("e1 1") is not None


async def test_that_a_handoff_was_told_of_is_forgotten_with_its_asker(ledger: Ledger) -> None:
    telling = Telling(ledger.letters)
    telling.connect(Mailbox())
    staff = Staff(Chat("test", "staff", private=False), ledger.casebook, ledger.archive, telling)
    whispered = Chat("test", "c", thread=f"{PERSON}bob").key
    await staff.call(replace(HANDOFF, chat=whispered, event_id="e1"), None, ENGLISH)
    (handoff,) = await ledger.casebook.find_quiet(datetime.now(UTC))
    await staff.hear_staff(handoff, make_message("Yes.", asker="ada"), ENGLISH)
    (handoff,) = await ledger.casebook.find_quiet(datetime.now(UTC))
    await staff.close(handoff, make_message("/close", asker="ada"), ENGLISH)
    occasions = ("e1 1 staff", "e-Yes. asker", "e-/close asker", "e-/close staff")
    assert None not in [await ledger.letters.find(one) for one in occasions]
    await ledger.forget_asker("test:bob")
    assert [await ledger.letters.find(one) for one in occasions] == [None] * 4
