"""The work of one index run: reads, embeds and writes what a plan names, batch by batch."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from bot.errors import DocumentError, DocumentUnsettled
from bot.indexing.embedding import VectorSource
from bot.indexing.entries import make_entry
from bot.indexing.planning import Plan
from bot.indexing.reading import Reader
from bot.nouns import Passage
from bot.reports import Progress
from bot.store.draft import Draft
from bot.store.schema import DocumentRow, Entry

# A batch is what is lost when a run is cut off.
BATCH_PASSAGES = 2000
BATCH_FILES = 500
# Files read before their turn wait in memory, whole.
READ_AHEAD = 16

Watcher = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class FileState:
    """A file of the folder: its size in bytes and the digest of its content, "" if it cannot be
    opened."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class _ReadFile:
    """What is kept of a file once it is cut into passages."""

    row: DocumentRow
    passages: tuple[Passage, ...]
    warning: str


@dataclass(slots=True)
class _Batch:
    """Files read and their passages. `kept` are files that could not be read and whose stored
    passages stay as they are."""

    size: int = 0
    read: list[DocumentRow] = field(default_factory=list)
    kept: list[DocumentRow] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        files = len(self.read) + len(self.kept)
        return files >= BATCH_FILES or len(self.passages) >= BATCH_PASSAGES


class IndexRun:
    """`documents` are those of the draft, `files` those of the folder. `failures` and `warnings`
    are of all files, by path, once `work` has returned."""

    def __init__(
        self,
        draft: Draft,
        reader: Reader,
        source: VectorSource,
        documents: Mapping[str, DocumentRow],
        files: Mapping[str, FileState],
        progress: Watcher | None,
    ) -> None:
        self._draft = draft
        self._reader = reader
        self._source = source
        self._documents = documents
        self._files = files
        self._progress = progress
        self.failures: dict[str, DocumentRow] = {}
        self.warnings: dict[str, str] = {}

    async def work(self, plan: Plan) -> None:
        """Raises KnowledgeError, StoreError, ModelError."""
        self.failures |= {path: self._documents[path] for path in plan.known_failures}
        total = sum(self._files[path].size for path in plan.to_read)
        done = 0
        async with aclosing(self._batches(plan.to_read)) as batches:
            async for batch in batches:
                await self._take_in(batch, done, total)
                done += batch.size
        if plan.removed:
            await self._draft.remove(plan.removed)

    async def _take_in(self, batch: _Batch, done: int, total: int) -> None:
        def advance(share: float) -> None:
            self._tell("embedding", done + int(share * batch.size), total)

        # In a thread: a second of work on the event loop would be a second without answers.
        entries = await asyncio.to_thread(_make_entries, batch.passages)
        vectors = await self._source.vectors(entries, advance)
        await self._draft.write(entries, vectors, batch.read)
        await self._draft.note(batch.kept)
        advance(1)

    async def _batches(self, paths: Sequence[str]) -> AsyncGenerator[_Batch, None]:
        batch = _Batch()
        async with aclosing(self._read_all(paths)) as results:
            async for path, result in results:
                await self._add(batch, path, result)
                batch.size += self._files[path].size
                if batch.is_full:
                    yield batch
                    batch = _Batch()
        if batch.read or batch.kept:
            yield batch

    async def _read_all(
        self, paths: Sequence[str]
    ) -> AsyncGenerator[tuple[str, _ReadFile | DocumentError], None]:
        """In their order; closing it ends the reading that is under way."""
        reading: deque[asyncio.Task[_ReadFile | DocumentError]] = deque()
        try:
            for number, path in enumerate(paths):
                self._tell("reading", number, len(paths))
                for ahead in paths[number + len(reading) : number + READ_AHEAD]:
                    reading.append(asyncio.create_task(self._read(ahead)))
                yield path, await reading[0]
                reading.popleft()
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)

    async def _read(self, path: str) -> _ReadFile | DocumentError:
        try:
            document, passages = await self._reader.read(path)
        except DocumentError as error:
            return error
        row = DocumentRow(path, document.digest, document.title, document.format, len(passages))
        return _ReadFile(row, passages, "; ".join(document.warnings))

    async def _add(self, batch: _Batch, path: str, result: _ReadFile | DocumentError) -> None:
        if isinstance(result, DocumentError):
            await self._add_failure(batch, path, result)
            return
        if result.warning:
            self.warnings[path] = result.warning
        batch.passages += result.passages
        batch.read.append(result.row)

    async def _add_failure(self, batch: _Batch, path: str, error: DocumentError) -> None:
        """The last good version keeps answering; a rebuild takes it over from the old index."""
        lasting = "" if isinstance(error, DocumentUnsettled) else self._files[path].digest
        good = self._documents.get(path)
        if good is None or not good.digest:
            good, passages = await self._draft.last_good(path)
            batch.passages += passages
            target = batch.read
        else:
            target = batch.kept
        row = replace(good, failure=str(error), failed_digest=lasting)
        self.failures[path] = row
        target.append(row)

    def _tell(self, stage: str, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(Progress(stage, done, total))


def _make_entries(passages: Sequence[Passage]) -> list[Entry]:
    return [make_entry(passage) for passage in passages]
