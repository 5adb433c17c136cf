"""What the documents are about and what could be asked, from their headings alone."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest

from bot.answering.links import find_allowed
from bot.answering.safety import neutralise
from bot.languages import detect_language
from bot.nouns import Scope, Source
from bot.reports import Introduction
from bot.store.published import PublishedIndex

LOOKED_AT = 2000  # passages
TITLES = 6
QUESTIONS = 3
SHORTEST, LONGEST = 6, 80  # characters of a question


class Introducer:
    def __init__(self, index: PublishedIndex) -> None:
        self._index = index

    async def introduce(self, language: str, scope: Scope) -> Introduction:
        """What is in the scope, with questions in `language` where there are any. Raises
        StoreError."""
        snapshot = await self._index.snapshot()
        documents = len(await snapshot.paths(scope))
        sources = await snapshot.headings(LOOKED_AT, scope)
        # Of many headings it takes a third of a second, which others who ask should not wait for.
        titles = await asyncio.to_thread(choose_titles, sources, language)
        questions = await asyncio.to_thread(choose_questions, sources, language)
        return Introduction(documents, snapshot.manifest.published_at, titles, questions)

    async def list_folders(self, scope: Scope) -> tuple[str, ...]:
        """The first folders on the way to what is in the scope; `/` for what lies in none. Raises
        StoreError."""
        snapshot = await self._index.snapshot()
        paths = await snapshot.paths(scope)
        return tuple(dict.fromkeys(_make_safe(name_folder(path, scope)) for path in paths))


def name_folder(path: str, scope: Scope) -> str:
    """`shop/` of `shop/prices/new.md`; in a closed folder the one below that is open."""
    return scope.find_folder(path) or "".join(path.partition("/")[:2] if "/" in path else "/")


def choose_titles(sources: Sequence[Source], language: str) -> tuple[str, ...]:
    """Names of documents, those in the language first."""
    names = dict.fromkeys(_make_safe(source.name) for source in sources)
    return tuple(_prefer(names, language)[:TITLES])


def choose_questions(sources: Sequence[Source], language: str) -> tuple[str, ...]:
    """Headings that are questions first, in the language first, one of each document before the
    second of any; then headings named with their documents."""
    by_document: dict[str, list[str]] = {}
    topics: dict[str, list[str]] = {}
    for source in sources:
        heading = _make_safe(source.heading_path[-1]) if source.heading_path else ""
        if heading.endswith(("?", "？")):
            by_document.setdefault(source.path, []).append(heading)
        elif heading and heading != source.title and len(source.heading_path) > 1:
            topics.setdefault(source.path, []).append(f"{_make_safe(source.name)}: {heading}")
    asked = _prefer(_take_turns(by_document.values()), language)
    named = _prefer(_take_turns(topics.values()), language)
    fit = (text for text in chain(asked, named) if SHORTEST <= len(text) <= LONGEST)
    return tuple(dict.fromkeys(fit))[:QUESTIONS]


def _take_turns(lists: Iterable[list[str]]) -> list[str]:
    """The first of each list, then the second of each, and so on."""
    return [text for row in zip_longest(*lists) for text in row if text is not None]


def _prefer(texts: Iterable[str], language: str) -> list[str]:
    """Those in the language, then those that show none, then the others."""
    wanted = language[:2]

    def order(text: str) -> int:
        shown = detect_language(text, "")[:2]
        return 0 if shown == wanted else 2 if shown else 1

    return sorted(texts, key=order)


def _make_safe(text: str) -> str:
    """Documents are data: a heading calls nobody."""
    return neutralise(text, find_allowed([text]))
