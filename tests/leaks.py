"""Worlds of documents, rules and people, and what each person is told there. What somebody is told
must not change by a word when all that is closed to them was never there.

The documents are drawn from few words, so that many share them. Each has a secret of its own that
nobody asks for; the model repeats everything that it is given.
"""

import random
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy

from bot.access.doors import Doors
from bot.access.folders import Folders
from bot.access.rules import RULE_FILE, dump_rules
from bot.answering.engine import Engine
from bot.desk import Desk
from bot.indexing.entries import RULES, make_entry
from bot.memory import MemoryArchive, MemoryLetters
from bot.memory_casebook import MemoryCasebook
from bot.models.tokens import TokenCounter, estimate_tokens
from bot.nouns import (
    Answer,
    Asker,
    Chat,
    Done,
    Event,
    Found,
    Message,
    Passage,
    Searching,
    Source,
    Text,
    Turn,
    Working,
)
from bot.seams import Archive, ModelEnd, ModelText, Prompt, Rewritten
from bot.search.introducing import Introducer
from bot.search.searching import Search
from bot.staff import Staff
from bot.store.configuration import Configuration
from bot.store.draft import open_draft
from bot.store.generations import read_published
from bot.store.published import PublishedIndex
from bot.store.schema import DocumentRow
from bot.telling import Telling
from tests.desks import Librarian, make_desk
from tests.embedders import HashingEmbedder

# Names that a pattern, a quote or an order by another alphabet would mistake for one another.
NAMES = ("hr", "hr2", "hr.", "h'r", "h%", "h_", "HR", "人事", "é", '"hr"', "hr\\")
WORDS = ("parcel", "refund", "salary", "holiday", "kettle", "运费", "退款", "工资", "假期")
KEYS = (
    "everyone",
    "telegram:1",
    "telegram:2",
    "telegram:-100",
    "slack:T1",
    "slack:T1/U1",
    "slack:T1/C1",
    "slack:T2",
)
BROKEN = ('see = "everyone"', 'sees = ["everyone"]', "see = [", "see = ['telegram:x']", "\xff")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: its path, the words that may be asked for, and its secret."""

    path: str
    words: tuple[str, ...]
    secret: str


@dataclass(frozen=True, slots=True)
class World:
    """`rules` and `later` are the texts of rule files by folder, before and after a change."""

    papers: tuple[Paper, ...]
    rules: Mapping[str, str]
    later: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """`keys` are what a rule may name them by who read where this one asks."""

    asker: Asker
    chat: Chat
    keys: frozenset[str]


def make_people() -> tuple[Person, ...]:
    ada, li = Asker("telegram", "1"), Asker("telegram", "2")
    eve = Asker("slack", "T1/U1")
    return (
        Person(ada, Chat("telegram", "1"), frozenset({"telegram:1"})),
        Person(ada, Chat("telegram", "-100", private=False), frozenset({"telegram:-100"})),
        Person(li, Chat("telegram", "-200", thread="7", private=False), frozenset()),
        Person(eve, Chat("slack", "D1", "T1"), frozenset({"slack:T1/U1", "slack:T1"})),
        Person(
            eve,
            Chat("slack", "C1", "T1", "1.2", private=False),
            frozenset({"slack:T1/C1", "slack:T1"}),
        ),
        Person(
            eve,
            Chat("slack", "C1", "T1", "1.3", private=False, shared=True),
            frozenset({"slack:T1/C1"}),
        ),
    )


def draw_world(seed: int) -> World:
    chance = random.Random(seed)
    folders = [""]
    for _ in range(chance.randint(1, 6)):
        folders.append(f"{chance.choice(folders)}{chance.choice(NAMES)}/")
    papers = []
    for number in range(chance.randint(2, 10)):
        words = tuple(chance.choices(WORDS, k=chance.randint(2, 8)))
        path = f"{chance.choice(folders)}{chance.choice(WORDS)}{number}.md"
        papers.append(Paper(path, words, f"zq{seed}x{number}zq"))
    return World(tuple(papers), _draw_rules(chance, folders), _draw_rules(chance, folders))


def _draw_rules(chance: random.Random, folders: Sequence[str]) -> dict[str, str]:
    rules = {}
    for folder in dict.fromkeys(folders):
        if chance.random() < 0.5:
            keys = chance.sample(KEYS, k=chance.randint(0, 3))
            rules[folder] = f"see = {keys}"
        elif chance.random() < 0.1:
            rules[folder] = chance.choice(BROKEN)
    return rules


def may_see(path: str, rules: Mapping[str, str], keys: frozenset[str]) -> bool:
    """The rule of the nearest folder, told in another way than Openbook tells it."""
    folder = path
    while folder:
        folder = folder.rstrip("/").rpartition("/")[0]
        folder = f"{folder}/" if folder else ""
        if folder in rules:
            named = re.findall(r"'([^']+)'", rules[folder])
            whole = rules[folder].startswith("see = [") and set(named) <= set(KEYS)
            return whole and not {*keys, "everyone"}.isdisjoint(named)
    return True


class Parrot:
    """A model that tells everything it was given."""

    name = "parrot"
    window = 100_000

    async def reply(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelEnd, None]:
        for turn in prompt.turns:
            yield ModelText(f"{turn.question} {turn.answer} ")
        for number, passage in enumerate(prompt.passages, start=1):
            yield ModelText(f"{passage.source.path} {passage.text} [{number}] ")
        yield ModelEnd()

    async def rewrite(self, question: str, turns: Sequence[Turn]) -> Rewritten:
        said = " ".join(f"{turn.question} {turn.answer[:300]}" for turn in turns)
        return Rewritten(f"{question} {said}"[:1000], ModelEnd(completion_tokens=1))


class Place:
    """A folder with rules, and an index of papers in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "knowledge"
        self.uri = str(folder / "index")
        self.embedder = HashingEmbedder()
        self.librarian = Librarian()
        self.telling = Telling(MemoryLetters())
        self.root.mkdir(parents=True)

    def write_rules(self, rules: Mapping[str, str]) -> None:
        for file in self.root.rglob(RULE_FILE):
            file.unlink()
        for folder, text in rules.items():
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            (self.root / folder / RULE_FILE).write_bytes(text.encode("latin-1", "replace"))

    async def index(self, papers: Sequence[Paper]) -> None:
        dimensions = await self.embedder.dimensions()
        configuration = Configuration(self.embedder.identity, dimensions, RULES)
        passages = [one for paper in papers for one in _make_passages(paper)]
        rows = [DocumentRow(paper.path, "d", "", "markdown", 2) for paper in papers]
        vectors = numpy.zeros((0, dimensions), numpy.float32)
        if passages:
            vectors = await self.embedder.embed_passages([one.text for one in passages])
        async with open_draft(self.uri, configuration, await read_published(self.uri)) as draft:
            await draft.write([make_entry(one) for one in passages], vectors, rows)
            await draft.publish(access=dump_rules(Folders(self.root).read()))

    @asynccontextmanager
    async def open_desk(
        self,
        archive: Archive | None = None,
        *,
        admins: frozenset[str] = frozenset(),
        staff: Chat | None = None,
    ) -> AsyncIterator[Desk]:
        published = PublishedIndex(self.uri)

        async def read_rules() -> str:
            return (await published.snapshot()).manifest.access

        search, kept = Search(published, self.embedder), MemoryArchive()
        archive, casebook = archive or kept, MemoryCasebook(kept)
        desk = make_desk(
            Engine(search, Parrot(), TokenCounter("estimate", estimate_tokens)),
            search=search,
            introducer=Introducer(published),
            librarian=self.librarian,
            folder=self.root,
            archive=archive,
            casebook=casebook,
            embedder=self.embedder,
            staff=Staff(staff, casebook, archive, self.telling),
            telling=self.telling,
            doors=Doors(
                Folders(self.root),
                read_rules,
                is_admin=lambda asker: asker.key in admins,
                fresh=0,
            ),
        )
        yield desk
        await desk.close()
        published.close()


def _make_passages(paper: Paper) -> Sequence[Passage]:
    title = f"{paper.words[0]} {paper.secret}"
    texts = (
        f"All about {' '.join(paper.words)}: it is {paper.secret}.",
        f"How long does {paper.words[-1]} take? It takes {paper.secret}.",
    )
    found, start = [], 0
    for ordinal, text in enumerate(texts):
        headings = (title, f"What is {paper.words[ordinal]} {paper.secret}?")
        source = Source(paper.path, title, headings, None, start, start + len(text))
        name = blake2b(f"{paper.path}#{ordinal}".encode(), digest_size=16).hexdigest()
        found.append(Passage(name, text, source, ordinal))
        start += len(text) + 2
    return found


def draw_conversation(seed: int) -> tuple[str, ...]:
    """Questions, follow-ups and commands, each of which may tell something."""
    chance = random.Random(seed)
    said = []
    for _ in range(3):
        words = " ".join(chance.choices(WORDS, k=chance.randint(1, 4)))
        said += [
            chance.choice(
                (
                    f"How long does {words} take?",
                    f"{words} 需要多久？",
                    f"/search {words}",
                    "And how much does it cost?",
                )
            ),
            chance.choice(("/why", "/sources", "/start", "/whoami", "/why", "What about that?")),
        ]
    return tuple(said)


async def converse(desk: Desk, person: Person, said: Sequence[str], part: str) -> list[Any]:
    """All that the person is told, in a shape that can be compared."""
    told: list[Any] = []
    for number, text in enumerate(said):
        message = Message(f"{part}{number}", text, person.asker, person.chat, datetime.now(UTC))
        written = ""
        async for event in desk.handle(message):
            written += event.delta if isinstance(event, Text) else ""
            told += [] if isinstance(event, Text) else [_shape(event)]
        told.append(written)
    return told


def _shape(event: Event) -> Any:  # noqa: ANN401  (of what kind does not matter)
    match event:
        case Searching(query):
            return query
        case Found(passages):
            return [_shape_passage(one) for one in passages]
        case Working(words):
            return words
        case Done(answer):
            return _shape_answer(answer)
    return None


def _shape_answer(answer: Answer) -> Any:  # noqa: ANN401
    cost = re.compile(r"\n[^\n]*parrot[^\n]*")  # how long it took
    text = cost.sub("", _TIME.sub("WHEN", answer.text))
    buttons = [replace(one, command=one.command.split()[0]) for one in answer.buttons]
    cited = [(one.number, one.quote, _shape_passage(one.passage)) for one in answer.citations]
    found = [_shape_passage(one) for one in answer.passages]
    rest = (answer.evidence, answer.excerpts, answer.suggestions, answer.note, answer.query)
    return (text, answer.outcome, cited, found, buttons, rest)


def _shape_passage(passage: Passage) -> Any:  # noqa: ANN401
    return (passage.text, passage.source, round(passage.score, 6), dict(passage.found_by))


async def find_leaks(world: World, person: Person, talk: int, folder: Path) -> list[str]:
    """What the person was told and must not have been; `talk` draws what is said."""
    said, more = draw_conversation(talk), draw_conversation(talk + 1)
    full, bare = Place(folder / "full"), Place(folder / "bare")
    for place in (full, bare):
        place.write_rules(world.rules)
    seen = [one for one in world.papers if may_see(one.path, world.rules, person.keys)]
    await full.index(world.papers)
    await bare.index(seen)
    leaks = []
    async with full.open_desk() as desk, bare.open_desk() as bare_desk:
        told = await converse(desk, person, said, "a")
        expected = await converse(bare_desk, person, said, "a")
        leaks += [
            f"{a!r}\n  instead of\n{b!r}" for a, b in zip(told, expected, strict=True) if a != b
        ]
        leaks += _find_secrets(told, set(world.papers) - set(seen))
        full.write_rules(world.later)
        rules = {**world.rules, **world.later}
        hidden = {one for one in world.papers if not may_see(one.path, rules, person.keys)}
        leaks += _find_secrets(await converse(desk, person, more, "b"), hidden)
    return leaks


def _find_secrets(told: Sequence[Any], hidden: set[Paper]) -> list[str]:
    text = repr(told)
    return [f"{one.path} was told of" for one in hidden if one.secret in text]
