"""A desk with working parts that need no files: an engine, a search and a librarian."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.access.doors import View
from bot.commands.calls import Introducer as Introduces
from bot.commands.calls import Services
from bot.desk import Desk, Doorkeeper
from bot.errors import DeletionRefused, IndexMissing
from bot.fair_queue import FairQueue
from bot.gaps import Gaps
from bot.learning import Learning
from bot.memory import MemoryArchive, MemoryInbox, MemoryLetters
from bot.memory_casebook import MemoryCasebook
from bot.metrics import Metrics
from bot.nouns import (
    Answer,
    Asker,
    Chat,
    Citation,
    Done,
    Event,
    Evidence,
    Found,
    Message,
    Mode,
    Outcome,
    Passage,
    Question,
    Scope,
    Searching,
    SearchResult,
    Source,
    Text,
    Usage,
)
from bot.pace import Pace
from bot.questions import Answerer, Questions
from bot.reindexing import Indexer, Reindexing
from bot.reports import IndexReport, IndexStatus, Introduction, Progress
from bot.seams import Archive, Casebook, Embedder, Inbox, PassageSearch
from bot.staff import Staff
from bot.telling import Telling
from bot.uploads import Uploads

HOSTILE = Passage(
    "p2",
    "Ask [here](https://evil.com), @everyone in the parcel room.",
    Source("shop/@here.md", "Pings", ("Call @channel",), None, 0, 59),
)
PASSAGE = Passage(
    "p1",
    "Parcels leave on the same day if ordered before noon.",
    Source("shop/shipping.md", "Shipping", ("Shipping", "Times"), 3, 0, 53),
    score=0.9,
    found_by={"vector": 1, "keyword": 2},
)


class Engine:
    """Answers every question with its own words; some words make it fail or wait."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.finished = 0
        self.waiting = asyncio.Event()
        self.gate = asyncio.Event()
        self.error: Exception | None = None
        self.outcome = Outcome.ANSWERED
        self.passage = PASSAGE

    async def answer(self, question: Question) -> AsyncGenerator[Event, None]:
        self.asked.append(question)
        try:
            async for event in self._write(question):
                yield event
        finally:
            self.finished += 1

    async def _write(self, question: Question) -> AsyncGenerator[Event, None]:
        yield Searching(question.text)
        yield Found((PASSAGE,))
        if question.text.startswith("wait"):
            self.waiting.set()
            await self.gate.wait()
        if self.error:
            raise self.error
        if question.text == "ping":
            citation = Citation(1, HOSTILE, HOSTILE.text)
            query = "ping @everyone at https://evil.org"
            yield Done(
                Answer("Ask [1].", self.outcome, (citation,), passages=(HOSTILE,), query=query)
            )
            return
        yield Text("It is ")
        yield Done(
            Answer(
                f"It is {question.text} [1].",
                self.outcome,
                citations=(Citation(1, PASSAGE, "Parcels leave on the same day."),),
                passages=(self.passage,),
                query=question.text,
                evidence=Evidence(0.8, 0.5),
                usage=Usage("gpt-test", 1200, 0, 34, seconds={"model": 1.0, "total": 1.5}),
            )
        )


class Search:
    def __init__(self) -> None:
        self.queries: list[str] = []
        self.modes: set[Mode] = set()

    async def search(
        self, query: str, *, scope: Scope, mode: Mode = Mode.HYBRID, limit: int = 10
    ) -> SearchResult:
        self.queries.append(query)
        self.modes.add(mode)
        found = (PASSAGE,) if "parcel" in query else (HOSTILE,) if "ping" in query else ()
        return SearchResult(found[:limit], Evidence(0.9, 0.5), "7")


class Librarian:
    """Its runs wait at the `gate` while that is shut."""

    def __init__(self) -> None:
        self.runs = 0
        self.begun = 0
        self.deletes = (0, 0)
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def index(
        self,
        *,
        agree: Callable[[int, int], Awaitable[bool]] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> IndexReport:
        self.begun += 1
        if progress:
            progress(Progress("reading", 2, 5))
        await self.gate.wait()
        if self.error:
            raise self.error
        if self.deletes[0] and not (agree and await agree(*self.deletes)):
            raise DeletionRefused("Much would be deleted.")
        self.runs += 1
        return IndexReport(added=("new.md",), unchanged=4, passages=12, embedded=2, tokens=90)

    async def status(self) -> IndexStatus:
        moment = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
        return IndexStatus("7", moment, 5, 12, "local", 512, "1", failed={"bad.pdf": "encrypted"})


class Introducer:
    def __init__(self) -> None:
        self.missing = False
        self.documents = 5

    async def introduce(self, language: str, scope: Scope) -> Introduction:
        if self.missing:
            raise IndexMissing("There is no index.")
        question = "什么时候发货？" if language.startswith("zh") else "When do parcels leave?"
        moment = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
        if not self.documents:
            return Introduction(0, moment, (), ())
        return Introduction(self.documents, moment, ("Shipping", "退货"), (question,))

    async def list_folders(self, scope: Scope) -> tuple[str, ...]:
        return ("shop/",)


class OpenDoors:
    """Everybody may ask and see everything."""

    def __init__(self, is_admin: Callable[[Asker], bool]) -> None:
        self.is_admin = is_admin

    def admits(self, message: Message) -> bool:
        return True

    async def look(self, message: Message) -> View:
        return View()


class House:
    """A desk with its parts, spoken to in one chat unless said otherwise."""

    def __init__(
        self,
        folder: Path = Path(),
        *,
        per_minute: int = 0,
        queue: FairQueue | None = None,
        staff: Chat | None = None,
    ) -> None:
        self.engine = Engine()
        self.search = Search()
        self.librarian = Librarian()
        self.introducer = Introducer()
        self.metrics = Metrics()
        self.admins = {"test:ada"}
        self.now = 0.0
        self.later = timedelta()
        self.telling = Telling(MemoryLetters())
        kept = MemoryArchive()
        self.casebook = MemoryCasebook(kept)
        self.staff = Staff(
            staff,
            self.casebook,
            kept,
            self.telling,
            clock=lambda: datetime.now(UTC) + self.later,
        )
        self.desk = make_desk(
            self.engine,
            search=self.search,
            librarian=self.librarian,
            introducer=self.introducer,
            folder=folder,
            is_admin=lambda asker: asker.key in self.admins,
            pace=Pace(per_minute, lambda: self.now),
            archive=kept,
            casebook=self.casebook,
            staff=self.staff,
            telling=self.telling,
            metrics=self.metrics,
            queue=queue,
        )

    async def events(self, message: Message) -> list[Event]:
        return [event async for event in self.desk.handle(message)]

    async def say(self, text: str, **about: str) -> Answer:
        last = (await self.events(make_message(text, **about)))[-1]
        assert isinstance(last, Done)
        return last.answer


def make_desk(
    engine: Answerer,
    *,
    search: PassageSearch | None = None,
    librarian: Indexer | None = None,
    introducer: Introduces | None = None,
    folder: Path = Path(),
    is_admin: Callable[[Asker], bool] = lambda _: True,
    pace: Pace | None = None,
    inbox: Inbox | None = None,
    archive: Archive | None = None,
    casebook: Casebook | None = None,
    embedder: Embedder | None = None,
    staff: Staff | None = None,
    telling: Telling | None = None,
    metrics: Metrics | None = None,
    doors: Doorkeeper | None = None,
    queue: FairQueue | None = None,
) -> Desk:
    librarian = librarian or Librarian()
    metrics = metrics or Metrics()
    kept = MemoryArchive()
    archive, casebook = archive or kept, casebook or MemoryCasebook(kept)
    telling = telling or Telling(MemoryLetters())
    services = Services(
        search=search or Search(),
        introducer=introducer or Introducer(),
        librarian=librarian,
        reindexing=Reindexing(librarian, metrics),
        uploads=Uploads(folder),
        inbox=inbox or MemoryInbox(),
        archive=archive,
        casebook=casebook,
        staff=staff or Staff(None, casebook, archive, telling),
        gaps=Gaps(casebook, embedder),
        learning=Learning(folder, telling),
        telling=telling,
    )
    return Desk(
        Questions(engine, queue or FairQueue(), metrics),
        services,
        doors=doors or OpenDoors(is_admin),
        pace=pace or Pace(0),
        metrics=metrics,
    )


def make_message(
    text: str,
    *,
    chat: str = "c",
    asker: str = "bob",
    language: str = "",
    quoted: str = "",
    replaces: str = "",
) -> Message:
    return Message(
        f"e-{text}",
        text,
        Asker("test", asker, language=language),
        Chat("test", chat),
        datetime.now(UTC),
        quoted,
        replaces,
    )
