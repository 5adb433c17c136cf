"""What the bot could not answer: grouped, shown, answered by people, told to who asked."""

import asyncio
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.digest import Digest
from bot.errors import DocumentError, ModelAway
from bot.gaps import Gaps
from bot.learning import Learning, make_name
from bot.ledger.opening import open_ledger
from bot.memory import MemoryArchive, MemoryInbox, MemoryLetters
from bot.memory_casebook import MemoryCasebook
from bot.models.local_embedding import LocalEmbedder
from bot.nouns import Answer, Asker, Chat, Done, Kept, Outcome
from bot.presenting import WORDINGS
from bot.seams import Embedder
from bot.telling import Telling
from bot.texts import ENGLISH
from tests.cli.running import run
from tests.desks import House, make_message
from tests.embedders import HashingEmbedder
from tests.mailbox import Mailbox
from tests.virtual_time import run_virtually

DAY = date(2026, 5, 4)
ADA = Asker("test", "ada", "Ada")


async def fill(questions: list[str], embedder: Embedder | None) -> Gaps:
    archive = MemoryArchive()
    for question in questions:
        kept = Kept(question, Answer("no", Outcome.NOT_FOUND), "test:/c/", "test:bob", "e")
        await archive.keep(kept, remembered=True)
    return Gaps(MemoryCasebook(archive), embedder)


async def test_the_same_in_other_words_is_one_gap() -> None:
    questions = [
        "Do you gift-wrap orders?",
        "可以寄到香港吗？",
        "Is there a student discount?",
        "Is gift wrapping available for orders?",
        "能发货到香港吗？",
        "Do you gift wrap my order?",
    ]
    gaps = await (await fill(questions, LocalEmbedder())).read()
    assert [len(gap.questions) for gap in gaps] == [3, 2, 1]
    assert gaps[0].question == questions[0]
    assert gaps[1].wordings == (questions[1], questions[4])


@pytest.mark.parametrize("away", [False, True])
async def test_terms_decide_without_an_embedder(away: bool) -> None:
    embedder = HashingEmbedder()
    embedder.failure = ModelAway("away")
    questions = ["Is gift wrap free?", "Do you ship to Mars?", "gift wrap?", "Gift wrap?"]
    gaps = await (await fill(questions, embedder if away else None)).read()
    assert [len(gap.questions) for gap in gaps] == [3, 1]


async def test_nothing_open_is_no_gap() -> None:
    assert await (await fill([], HashingEmbedder())).read() == []


async def test_a_gap_keeps_its_number() -> None:
    gaps = await fill(["a1?", "b2?", "b2?"], None)
    first, second = await gaps.read()
    assert (first.number, second.number) == (2, 1)
    found = await gaps.find(3)
    assert found is not None
    assert found.number == 2
    await gaps.settle(first)
    assert [gap.number for gap in await gaps.read()] == [1]
    assert await gaps.find(2) is None


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Do you gift-wrap?", "2026-05-04-Do-you-gift-wrap"),
        ("可以做礼品包装吗？", "2026-05-04-可以做礼品包装吗"),
        ("../../etc/passwd", "2026-05-04-etc-passwd"),
        ("a\x00b\u202ec\nd", "2026-05-04-abcd"),
        ('<CON>:|?*"', "2026-05-04-CON"),
        ("???", "2026-05-04"),
    ],
)
def test_names_are_safe(question: str, name: str) -> None:
    assert make_name(question, DAY) == name


def test_a_long_question_has_a_name_that_fits() -> None:
    assert len(make_name("漫长" * 900, DAY).encode()) <= 200


async def test_an_answer_becomes_a_document(tmp_path: Path) -> None:
    learning = Learning(tmp_path, Telling(MemoryLetters()))
    wordings = ["# Do you\ngift-wrap <b>?", "gift wrap [x](y)?"]
    path, new = await learning.write(wordings, "Yes, **4** euros.\n", ADA, DAY)
    assert new
    assert path == "answers/2026-05-04-Do-you-gift-wrap-b.md"
    assert (tmp_path / path).read_text(encoding="utf-8") == (
        '---\nauthor: "Ada"\nkey: test:ada\ndate: 2026-05-04\n---\n\n'
        "# Do you gift-wrap \\<b\\>?\n\nYes, **4** euros.\n\n- gift wrap \\[x\\](y)?\n"
    )
    assert await learning.write(wordings, "Yes, **4** euros.\n", ADA, DAY) == (path, False)
    again, _ = await learning.write(wordings, "No.", Asker("test", "eve"), DAY)
    assert again == "answers/2026-05-04-Do-you-gift-wrap-b-2.md"
    assert 'author: ""\nkey: test:eve' in (tmp_path / again).read_text(encoding="utf-8")


@contextmanager
def limit_files(size: int) -> Iterator[None]:
    """As on a disk that is full when a file has so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path) -> None:
    learning = Learning(tmp_path, Telling(MemoryLetters()))
    with limit_files(8), pytest.raises(DocumentError, match="too large"):
        await learning.write(["q"], "a", ADA, DAY)
    assert list((tmp_path / "answers").iterdir()) == []
    assert await learning.write(["q"], "a", ADA, DAY) == ("answers/2026-05-04-q.md", True)


async def test_a_folder_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file")
    with pytest.raises(DocumentError):
        await Learning(tmp_path, Telling(MemoryLetters())).write(["q"], "a", ADA, DAY)


class Shop(House):
    """A house in which two people have been refused the same, and one something else."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, staff=Chat("test", "staff", private=False))
        self.mailbox = Mailbox()
        self.telling.connect(self.mailbox)

    async def refuse(self) -> None:
        self.engine.outcome = Outcome.NOT_FOUND
        for asker, question in (("bob", "gift wrap?"), ("mia", "Gift wrap?"), ("bob", "mars?")):
            await self.say(question, asker=asker, chat=f"chat-{asker}")
        self.engine.outcome = Outcome.ANSWERED

    async def reply(self, text: str, *, to: str, asker: str = "ada", looks: str = "") -> Answer:
        message = make_message(text, asker=asker, chat="admins")
        message = replace(message, reply_to=to, markdown=looks)
        last = (await self.events(message))[-1]
        assert isinstance(last, Done)
        return last.answer

    def read_documents(self, folder: Path) -> list[str]:
        return [one.read_text(encoding="utf-8") for one in sorted((folder / "answers").iterdir())]


@pytest.fixture
async def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    await shop.refuse()
    return shop


async def test_gaps_are_for_admins(shop: Shop) -> None:
    assert (await shop.say("/gaps")).outcome is Outcome.DENIED
    assert (await shop.say("/gaps 1 free", asker="bob")).outcome is Outcome.DENIED


async def test_the_list_is_by_frequency(shop: Shop) -> None:
    shown = await shop.say("/gaps", asker="ada")
    assert shown.text.splitlines()[:3] == [
        "Questions without a good answer: 2",
        "#1 · 2× gift wrap?",
        "#3 · 1× mars?",
    ]
    assert [one.command for one in shown.buttons] == ["/gaps 1", "/gaps 3"]


async def test_many_gaps_are_counted(shop: Shop) -> None:
    shop.engine.outcome = Outcome.NOT_FOUND
    for number in range(12):
        await shop.say(f"x{number}x?")
    assert "… and 4 more" in (await shop.say("/gaps", asker="ada")).text


async def test_an_answer_behind_the_command(shop: Shop, tmp_path: Path) -> None:
    said = await shop.say("/gaps #1 It is free.", asker="ada")
    assert "answers/" in said.text
    assert "Askers told: 2" in said.text
    assert shop.librarian.runs == 1
    (document,) = shop.read_documents(tmp_path)
    assert "\n# gift wrap?\n\nIt is free." in document
    assert "Gift wrap?" not in document, "the list shows one wording alone"
    assert shop.mailbox.read("test:chat-bob") == shop.mailbox.read("test:chat-mia")
    letter = shop.mailbox.last("test:chat-mia")
    assert letter.answer.text == "It is free."
    assert "Gift wrap?" in letter.answer.note
    assert "answers/" in letter.answer.note
    assert "#1" not in (await shop.say("/gaps", asker="ada")).text
    assert "no such" in (await shop.say("/gaps 1 again", asker="ada")).text


async def test_an_answer_as_a_reply(shop: Shop, tmp_path: Path) -> None:
    assert (await shop.say("/gaps 1", asker="ada", chat="admins")).text == ""
    shown = shop.mailbox.last("test:admins")
    assert "gift wrap?" in shown.answer.text
    denied = await shop.reply("Free.", to=shown.number, asker="eve")
    assert denied.outcome is Outcome.DENIED
    await shop.reply("It is free.", to=shown.number, looks="It is **free**.")
    assert "It is **free**." in shop.read_documents(tmp_path)[0]
    assert "no such" in (await shop.reply("Free.", to=shown.number)).text


async def test_a_reply_answers_what_was_shown_and_nothing_asked_since(
    shop: Shop, tmp_path: Path
) -> None:
    await shop.say("/gaps 1", asker="ada", chat="admins")
    shown = shop.mailbox.last("test:admins")
    shop.engine.outcome = Outcome.NOT_FOUND
    await shop.say("gift wrap for the divorce of Mia?", asker="eve", chat="chat-eve")
    await shop.say("Gift wrap?", asker="eve", chat="chat-eve")
    assert "Askers told: 2" in (await shop.reply("It is free.", to=shown.number)).text
    assert "divorce" not in shop.read_documents(tmp_path)[0]
    assert shop.mailbox.read("test:chat-eve") == []
    assert "2× gift wrap for the divorce of Mia?" in (await shop.say("/gaps", asker="ada")).text


async def test_the_button_drops_what_was_shown_and_nothing_asked_since(shop: Shop) -> None:
    await shop.say("/gaps 1", asker="ada", chat="admins")
    (drop,) = shop.mailbox.last("test:admins").answer.buttons
    shop.engine.outcome = Outcome.NOT_FOUND
    await shop.say("GIFT WRAP?", asker="eve", chat="chat-eve")
    assert "Taken off" in (await shop.say(drop.command, asker="ada")).text
    assert "1× GIFT WRAP?" in (await shop.say("/gaps", asker="ada")).text
    assert "no such" in (await shop.say(drop.command, asker="ada")).text


async def test_of_many_wordings_those_that_were_shown_are_answered(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.engine.outcome = Outcome.NOT_FOUND
    for number in range(WORDINGS + 2):
        await shop.say("gift wrap" + "?" * (number + 1), asker=f"asker-{number}")
    await shop.say("/gaps 1", asker="ada", chat="admins")
    shown = shop.mailbox.last("test:admins")
    assert shown.answer.text.count("gift wrap") == WORDINGS
    assert f"Askers told: {WORDINGS}" in (await shop.reply("Free.", to=shown.number)).text
    assert "2× gift wrap" in (await shop.say("/gaps", asker="ada")).text


async def test_where_nothing_can_be_told_the_gap_is_shown(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.engine.outcome = Outcome.NOT_FOUND
    await house.say("gift wrap?")
    shown = await house.say("/gaps 1", asker="ada")
    assert "gift wrap?" in shown.text
    assert ENGLISH.how_to_answer_here.format(number=1) in shown.text
    assert "Askers told: 0" in (await house.say("/gaps 1 free", asker="ada")).text


async def test_what_needs_no_answer_leaves_the_list(shop: Shop) -> None:
    assert "Taken off" in (await shop.say("/gaps drop 1", asker="ada")).text
    assert "#1" not in (await shop.say("/gaps", asker="ada")).text
    await shop.say("/gaps drop 3", asker="ada")
    assert "no open questions" in (await shop.say("/gaps", asker="ada")).text


async def test_what_cannot_be_written_stays_open(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file")
    assert "could not be saved" in (await shop.say("/gaps 1 free", asker="ada")).text
    assert "#1" in (await shop.say("/gaps", asker="ada")).text


async def test_nobody_is_told_of_what_is_not_indexed(shop: Shop) -> None:
    shop.librarian.deletes = (5, 12)
    said = await shop.say("/gaps 1 free", asker="ada")
    assert said.outcome is Outcome.FAILED
    assert "could not be saved" in said.text
    assert "would delete 5 of 12" in said.text
    assert [one.command for one in said.buttons] == ["/reindex delete 5"]
    assert shop.mailbox.letters == []
    assert "#1" in (await shop.say("/gaps", asker="ada")).text


@pytest.mark.parametrize("error", [None, ModelAway("away"), RuntimeError("broken")])
async def test_what_could_not_be_indexed_is_taken_back(
    shop: Shop, tmp_path: Path, error: Exception | None
) -> None:
    shop.librarian.deletes, shop.librarian.error = (5, 12), error
    await shop.say("/gaps 1 Free.", asker="ada")
    assert shop.read_documents(tmp_path) == []
    shop.librarian.deletes, shop.librarian.error = (0, 0), None
    said = await shop.say("/gaps 1 It is free.", asker="ada")
    assert "Askers told: 2" in said.text
    assert [one.name.endswith("-gift-wrap.md") for one in (tmp_path / "answers").iterdir()] == [
        True
    ]


async def test_who_stops_an_answer_that_is_being_indexed_takes_it_back(
    shop: Shop, tmp_path: Path
) -> None:
    await shop.say("/gaps 1", asker="ada", chat="admins")
    shop.librarian.gate.clear()
    number = shop.mailbox.last("test:admins").number
    answering = asyncio.create_task(shop.reply("Free.", to=number))
    while not shop.librarian.begun:  # noqa: ASYNC110 (it tells nobody)
        await asyncio.sleep(0)
    assert len(shop.read_documents(tmp_path)) == 1
    await shop.say("/stop", asker="ada", chat="admins")
    assert (await answering).outcome is Outcome.STOPPED
    assert shop.read_documents(tmp_path) == []
    shop.librarian.gate.set()


async def test_who_was_told_before_a_process_ended_is_not_told_again(shop: Shop) -> None:
    shop.mailbox.closed = {"test:chat-mia"}
    learning, questions = Learning(Path(), shop.telling), await shop.casebook.read_unanswered(2)
    told = [await learning.tell_askers(questions, "Free.", "answers/a.md", "e1")]
    shop.mailbox.closed = set()
    told.append(await learning.tell_askers(questions, "Free.", "answers/a.md", "e1"))
    assert told == [1, 2]
    assert shop.mailbox.read("test:chat-bob") == shop.mailbox.read("test:chat-mia") == ["Free."]


async def test_what_the_staff_answered_is_kept_and_told_to_the_others(
    shop: Shop, tmp_path: Path
) -> None:
    await shop.say("/human", asker="bob", chat="chat-bob")  # about its last question
    await shop.say("/close", asker="bob", chat="chat-bob")
    assert "no question with an answer" in (await shop.say("/keep 1", asker="ada")).text
    refusal = await shop.casebook.read_unanswered(10)
    await shop.say(f"/human {refusal[0].question}", asker="bob", chat="chat-bob")
    staff = Chat("test", "staff", private=False)
    number = shop.mailbox.last("test:staff").number
    for text in ("It is free.", "Choose it in the basket."):
        reply = replace(make_message(text, asker="ada"), chat=staff, reply_to=number)
        await shop.events(reply)
    told = len(shop.mailbox.read("test:chat-bob"))
    said = await shop.say("/keep 2", asker="ada")
    assert "Askers told: 1" in said.text
    assert "It is free.\n\nChoose it in the basket." in shop.read_documents(tmp_path)[0]
    assert len(shop.mailbox.read("test:chat-bob")) == told
    assert len(shop.mailbox.read("test:chat-mia")) == 1
    assert (await shop.say("/keep 2", asker="bob")).outcome is Outcome.DENIED


async def test_the_digest_is_told_once(shop: Shop) -> None:
    place = Chat("test", "staff", private=False)
    gaps = Gaps(shop.casebook, None)
    parts = (place, "0 9 * * 1", gaps, MemoryInbox(), MemoryArchive(), shop.telling)
    digest = Digest(*parts)
    moment = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    await digest.tell(moment)
    await digest.tell(moment)
    assert len(shop.mailbox.read("test:staff")) == 1
    assert "gift wrap?" in shop.mailbox.read("test:staff")[0]
    for gap in await gaps.read():
        await gaps.settle(gap)
    await digest.tell(datetime(2026, 5, 11, 9, 0, tzinfo=UTC))
    assert len(shop.mailbox.read("test:staff")) == 1


@pytest.mark.parametrize(("away", "lost"), [(timedelta(hours=1), 1), (timedelta(minutes=3), 0)])
def test_the_digest_comes_every_week_whatever_goes_wrong(away: timedelta, lost: int) -> None:
    """For an absence of minutes it waits."""
    weeks = 3

    async def work() -> list[str]:
        shop = House(staff=Chat("test", "staff", private=False))
        mailbox = Mailbox(closed={"test:staff"})
        shop.telling.connect(mailbox)
        shop.engine.outcome = Outcome.NOT_FOUND
        await shop.say("gift wrap?")
        loop = asyncio.get_running_loop()

        def read_clock() -> datetime:
            return datetime(2026, 5, 5, 12, 0) + timedelta(seconds=loop.time())  # noqa: DTZ001

        digest = Digest(
            Chat("test", "staff", private=False),
            "0 9 * * 1",
            Gaps(shop.casebook, None),
            MemoryInbox(),
            MemoryArchive(),
            shop.telling,
            read_clock,
        )
        running = asyncio.create_task(digest.run())
        first = datetime(2026, 5, 11, 9, 0)  # noqa: DTZ001
        await asyncio.sleep((first + away - read_clock()).total_seconds())
        mailbox.closed = set()
        await asyncio.sleep((weeks - 1) * 7 * 86400)
        assert not running.done()
        running.cancel()
        await asyncio.wait([running])
        return mailbox.read("test:staff")

    assert len(run_virtually(work())) == weeks - lost


async def test_the_command_line_lists_gaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "none")

    def show(*options: str) -> str:
        result = run("gaps", *options)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    assert "no open questions" in await asyncio.to_thread(show)
    async with open_ledger("sqlite:///.openbook/ledger.db") as ledger:
        for question in ("gift wrap?", "mars?", "Gift wrap?"):
            kept = Kept(question, Answer("no", Outcome.NOT_FOUND), "test:/c/", "test:bob", "e")
            await ledger.archive.keep(kept, remembered=True)
    assert (await asyncio.to_thread(show)).splitlines() == ["#1 · 2× gift wrap?", "#2 · 1× mars?"]
    first, _ = json.loads(await asyncio.to_thread(show, "--json"))
    assert (first["number"], first["count"], first["disliked"]) == (1, 2, 0)
    assert first["wordings"] == ["gift wrap?", "Gift wrap?"]
