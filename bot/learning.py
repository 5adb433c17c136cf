"""Answers that people gave, on their way into the folder of documents and to who asked."""

import asyncio
import json
import logging
import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot.errors import DocumentError, PlatformError
from bot.languages import detect_language
from bot.nouns import Answer, Asker, Outcome, Unanswered, read_chat_key
from bot.telling import Telling
from bot.texts import choose_words
from bot.uploads import clean_name, write_whole

FOLDER = "answers"  # in the folder of documents
LONGEST_NAME = 60  # characters of the question in a file's name
LONGEST_TITLE = 300

_UNFIT = re.compile(r'[\s/\\:*?"<>|.,;!？。，；！：、“”‘’()\[\]{}#`~]+')

logger = logging.getLogger(__name__)


class Learning:
    def __init__(self, folder: Path, telling: Telling) -> None:
        self._folder = folder
        self._telling = telling

    async def write(
        self, wordings: Sequence[str], text: str, author: Asker, day: date
    ) -> tuple[str, bool]:
        """A document of its own for the answer; its path in the folder, and whether it is new: one
        that says the same is there already where this is done once more. The first of the
        `wordings` is its title. Raises DocumentError."""
        title, *others = [_make_title(one) for one in wordings]
        # Front matter stays in the file and out of the index: answers name nobody.
        name = json.dumps(author.name, ensure_ascii=False)  # as YAML writes it too
        matter = f"---\nauthor: {name}\nkey: {author.key}\ndate: {day.isoformat()}\n---"
        lines = [matter, f"# {title}", text.strip()]
        if others:
            lines.append("\n".join(f"- {other}" for other in others))
        data = ("\n\n".join(lines) + "\n").encode()
        try:
            return await asyncio.to_thread(self._write, make_name(title, day), data)
        except OSError as error:
            raise DocumentError(error.strerror or str(error)) from error

    def take_back(self, path: str) -> None:
        """A document that could not be indexed, so that it is no answer unseen later."""
        try:
            (self._folder / path).unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s could not be taken back: %s", path, error)

    async def tell_askers(
        self, questions: Sequence[Unanswered], text: str, path: str, event_id: str
    ) -> int:
        """Each once by the event, where they asked; how many could be told."""
        told = 0
        for question in {(one.chat, one.asker): one for one in questions}.values():
            words = choose_words(detect_language(question.question))
            note = words.answer_is_there.format(question=question.question[:200], path=path)
            answer = Answer(text, Outcome.RELAYED, note=note)
            try:
                occasion = f"{event_id} {question.number}"
                chat, asker = read_chat_key(question.chat), question.asker
                await self._telling.tell(chat, answer, occasion=occasion, asker=asker)
                told += 1
            except PlatformError as error:
                logger.warning("%s could not be told of an answer: %s", question.asker, error)
        return told

    def _write(self, name: str, data: bytes) -> tuple[str, bool]:
        """Under a name that is free."""
        folder = self._folder / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        free, count = f"{name}.md", 2
        while (folder / free).exists():
            if (folder / free).read_bytes() == data:
                return f"{FOLDER}/{free}", False
            free, count = f"{name}-{count}.md", count + 1
        write_whole(folder, free, data)
        return f"{FOLDER}/{free}", True


def make_name(question: str, day: date) -> str:
    """Without an ending; of the question what every file system can hold."""
    words = unicodedata.normalize("NFKC", question)
    words = "".join(one for one in words if not unicodedata.category(one).startswith("C"))
    slug = _UNFIT.sub("-", words).strip("-")[:LONGEST_NAME].strip("-")
    return clean_name(f"{day.isoformat()}-{slug}".rstrip("-")) or day.isoformat()


def _make_title(question: str) -> str:
    """In one line that is a title and nothing else in Markdown."""
    line = " ".join(question.split()).lstrip("#>-*+ ")
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", line[:LONGEST_TITLE]) or "?"
