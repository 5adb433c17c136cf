"""The work of one index run: reads, embeds and writes what a plan names, batch by batch."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.errors import DocumentError, DocumentUnsettled
from bot.indexing.embedding import VectorSource
from bot.indexing.entries import make_entry
from bot.indexing.planning import Plan
from bot.indexing.reading import Reader
from bot.nouns import Document, Passage
from bot.reports import Progress
from bot.store.draft import Draft
from bot.store.schema import DocumentRow

# A batch is what is lost when a run is cut off.
BATCH_PASSAGES = 2000
BATCH_FILES = 200

Watcher = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class FileState:
    """A file of the folder: its size in bytes and the digest of its content, "" if it cannot be
    opened."""

    size: int
    digest: str


@dataclass(slots=True)
class _Batch:
    """Files read and their passages. `kept` are files that could not be read and whose stored
    passages stay as they are."""

    size: int = 0
    read: list[DocumentRow] = field(default_factory=list)
    kept: list[DocumentRow] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)


class IndexRun:
    """`failures` and `warnings` are of all files, by path, once `work` has returned; `passages`
    counts those of the files it read."""

    def __init__(
        self, draft: Draft, reader: Reader, source: VectorSource, progress: Watcher | None
    ) -> None:
        self._draft = draft
        self._reader = reader
        self._source = source
        self._progress = progress
        self._documents: Mapping[str, DocumentRow] = {}
        self._files: Mapping[str, FileState] = {}
        self.failures: dict[str, DocumentRow] = {}
        self.warnings: dict[str, str] = {}
        self.passages = 0

    async def work(
        self, plan: Plan, documents: Mapping[str, DocumentRow], files: Mapping[str, FileState]
    ) -> None:
        """`documents` are those of the draft.

        Raises StoreError, ModelError.
        """
        self._documents = documents
        self._files = files
        self.failures |= {path: documents[path] for path in plan.known_failures}
        total = sum(files[path].size for path in plan.to_read)
        done = 0
        async for batch in self._batches(plan.to_read):
            await self._take_in(batch, done, total)
            done += batch.size
        if plan.removed:
            await self._draft.remove(plan.removed)

    async def _take_in(self, batch: _Batch, done: int, total: int) -> None:
        def advance(share: float) -> None:
            self._tell("embedding", done + int(share * batch.size), total)

        entries = [make_entry(passage) for passage in batch.passages]
        vectors = await self._source.vectors(entries, advance)
        await self._draft.write(entries, vectors, batch.read)
        await self._draft.note(batch.kept)
        self.passages += len(entries)
        advance(1)

    async def _batches(self, paths: Sequence[str]) -> AsyncIterator[_Batch]:
        batch = _Batch()
        for start in range(0, len(paths), BATCH_FILES):
            some = paths[start : start + BATCH_FILES]
            self._tell("reading", start, len(paths))
            results = await asyncio.gather(*(self._read(path) for path in some))
            for path, result in zip(some, results, strict=True):
                await self._add(batch, path, result)
                batch.size += self._files[path].size
                if len(batch.passages) >= BATCH_PASSAGES:
                    yield batch
                    batch = _Batch()
        if batch.read or batch.kept:
            yield batch

    async def _read(self, path: str) -> tuple[Document, tuple[Passage, ...]] | DocumentError:
        try:
            return await self._reader.read(path)
        except DocumentError as error:
            return error

    async def _add(
        self, batch: _Batch, path: str, result: tuple[Document, tuple[Passage, ...]] | DocumentError
    ) -> None:
        if isinstance(result, DocumentError):
            await self._add_failure(batch, path, result)
            return
        document, passages = result
        if document.warnings:
            self.warnings[path] = "; ".join(document.warnings)
        batch.passages += passages
        batch.read.append(
            DocumentRow(path, document.digest, document.title, document.format, len(passages))
        )

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
