"""Brings the index in line with the folder."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.access.folders import Folders
from bot.access.rules import Rules, dump_rules, list_problems
from bot.errors import DeletionRefused, DocumentError, KnowledgeError, OpenbookError
from bot.indexing.embedding import VectorSource
from bot.indexing.entries import RULES
from bot.indexing.planning import DELETION_SHARE, Plan, count_deletions, make_plan
from bot.indexing.reading import Reader
from bot.indexing.run import FileState, IndexRun, Watcher
from bot.indexing.scanning import Scan, digest_file, scan
from bot.indexing.watching import follow_changes
from bot.reports import IndexReport, IndexStatus, Progress
from bot.seams import Embedder
from bot.store.configuration import Configuration, Manifest
from bot.store.connection import absolute
from bot.store.draft import Draft, open_draft
from bot.store.generations import read_published, refuse_foreign
from bot.store.lock import write_lock
from bot.store.published import PublishedIndex
from bot.store.schema import DocumentRow

Agree = Callable[[int, int], Awaitable[bool]]


class Librarian:
    """Compares, reads, splits, embeds and publishes; one run at a time on an index."""

    def __init__(
        self, root: Path, uri: str, embedder: Embedder | None, *, workers: int = 2
    ) -> None:
        self._root = root
        self._uri = uri
        self._embedder = embedder
        self._workers = workers

    @property
    def folder(self) -> str:
        """The absolute path of the documents, as the index notes it."""
        return str(self._root.resolve())

    async def index(
        self,
        *,
        rebuild: bool = False,
        dry_run: bool = False,
        agree: Agree | None = None,
        progress: Watcher | None = None,
    ) -> IndexReport:
        """Readers see the old index until the end and then the new one.

        `agree` is asked before a run that deletes more than a third of the passages, with their
        number and the number there is; without it such a run is refused. Nobody is asked when the
        index was made from another folder: its files leave. A run that raises or is killed changes
        nothing that readers see; what it embedded is kept for the next one.
        Raises KnowledgeError, StoreError, ModelError.
        """
        started = time.monotonic()
        await refuse_foreign(self._uri)
        async with AsyncExitStack() as stack:
            if not dry_run:
                await stack.enter_async_context(write_lock(self._uri))
            # Inside the lock: to whom looked earlier, what the last run added would seem deleted.
            scanned, files, rules = await asyncio.to_thread(_look_at, self._root)
            draft = await stack.enter_async_context(self._open(rebuild=rebuild, dry_run=dry_run))
            seen, documents = await draft.compare_documents()
            files |= _find_hidden(scanned, {*seen, *documents} - files.keys())
            digests = {path: file.digest for path, file in files.items()}
            visible = make_plan(digests, seen)
            moved_from = _find_other_folder(draft.published, self.folder)
            if moved_from and not files:
                raise _no_documents(self.folder)
            if not (dry_run or moved_from):
                await _ask_about_deletions(visible, seen, agree)
            source = VectorSource(self._embedder, draft, dry_run=dry_run)
            reader = await stack.enter_async_context(Reader(self._root, workers=self._workers))
            run = IndexRun(draft, reader, source, documents, files, progress)
            await run.work(make_plan(digests, documents))
            report = replace(
                _report(visible, run, source, scanned, rules),
                passages=await draft.count(),
                version_before=draft.published.version if draft.published else "",
                folder=self.folder,
                folder_before=moved_from,
                dry_run=dry_run,
                rebuilt=_why_rebuilt(draft, rebuild=rebuild),
            )
            version = report.version_before
            if not dry_run and (moved_from or await draft.has_unpublished(dump_rules(rules))):
                version = await self._publish(draft, rules, progress)
            return replace(report, version_after=version, seconds=time.monotonic() - started)

    async def status(self) -> IndexStatus:
        """Raises IndexMissing before the first run, IndexDamaged, StoreError."""
        index = PublishedIndex(self._uri)
        try:
            snapshot = await index.snapshot()
            documents = await snapshot.documents()
        finally:
            index.close()
        manifest = snapshot.manifest
        rules = await asyncio.to_thread(Folders(self._root).read)
        failures = {row.path: row.failure for row in documents if row.failure}
        return IndexStatus(
            version=manifest.version,
            indexed_at=manifest.published_at,
            documents=manifest.documents,
            passages=manifest.passages,
            embedder=manifest.configuration.embedder,
            dimensions=manifest.configuration.dimensions,
            splitter=manifest.configuration.splitter,
            folder=manifest.folder,
            failed={**failures, **list_problems(rules)},
            stale=tuple(row.path for row in documents if row.failure and row.digest),
        )

    async def count_changes(self) -> int:
        """Files that are new, other or gone since the last run; those that could not be read then
        are not among them. Raises as `status`, and KnowledgeError."""
        index = PublishedIndex(self._uri)
        try:
            documents = await (await index.snapshot()).documents()
        finally:
            index.close()
        scanned, files, _ = await asyncio.to_thread(_look_at, self._root)
        known = {row.path: row.failed_digest if row.failure else row.digest for row in documents}
        files |= _find_hidden(scanned, known.keys() - files.keys())
        there = {path: file.digest for path, file in files.items()}
        return sum(there.get(path) != known.get(path) for path in there.keys() | known.keys())

    def follow_changes(self) -> AsyncGenerator[None, None]:
        """Yields after each change of the folder. Raises OSError if it cannot be watched."""
        return follow_changes(self._root, Path(absolute(self._uri)))

    async def watch(
        self, progress: Watcher | None = None
    ) -> AsyncGenerator[IndexReport | OpenbookError, None]:
        """Indexes now and after every change of the folder, until cancelled. A run that fails is
        yielded as its error and the watch goes on, also while the folder is away; nothing is
        deleted that would need agreement. Raises KnowledgeError if the folder cannot be watched."""
        async with aclosing(self.follow_changes()) as changes:
            while True:
                # Begun before the run, so that a change during it is followed by another run.
                change = asyncio.ensure_future(anext(changes))
                try:
                    await asyncio.sleep(0)
                    yield await self._index_or_error(progress)
                    await change
                except OSError as error:
                    raise KnowledgeError(
                        f"The folder {self._root} cannot be watched: {error}."
                    ) from None
                finally:
                    change.cancel()
                    await asyncio.wait([change])

    @asynccontextmanager
    async def _open(self, *, rebuild: bool, dry_run: bool) -> AsyncGenerator[Draft, None]:
        published = await read_published(self._uri, damaged_is_none=rebuild)
        wanted = await self._configure(published, rebuild=rebuild)
        async with open_draft(
            self._uri, wanted, published, rebuild=rebuild, dry_run=dry_run
        ) as draft:
            yield draft

    async def _publish(self, draft: Draft, rules: Rules, progress: Watcher | None) -> str:
        if progress:
            progress(Progress("writing", 0, 1))
        return (await draft.publish(folder=self.folder, access=dump_rules(rules))).version

    async def _index_or_error(self, progress: Watcher | None) -> IndexReport | OpenbookError:
        try:
            return await self.index(progress=progress)
        except OpenbookError as error:
            return error

    async def _configure(self, published: Manifest | None, *, rebuild: bool) -> Configuration:
        """What an index made now is built with. The dimensions of an embedder that is already in
        use are known without calling it."""
        if self._embedder is None:
            return Configuration("none", 0, RULES)
        identity = self._embedder.identity
        if published and published.configuration.embedder == identity and not rebuild:
            return Configuration(identity, published.configuration.dimensions, RULES)
        return Configuration(identity, await self._embedder.dimensions(), RULES)


def _look_at(root: Path) -> tuple[Scan, dict[str, FileState], Rules]:
    """Raises KnowledgeError. The rules are read before the files that they are for. A file that
    cannot be opened now is left to the reader, which says why."""
    rules = Folders(root).read()
    scanned = scan(root)
    files = {}
    for file in scanned.files:
        try:
            digest = digest_file(root, file.path)
        except DocumentError:
            digest = ""
        files[file.path] = FileState(file.size, digest)
    return scanned, files, rules


def _find_hidden(scanned: Scan, missing: Iterable[str]) -> dict[str, FileState]:
    """Known files that have become unreadable, or that lie in folders that have: they are not
    deleted, for all that can be seen, and the reader says what is wrong with them."""
    closed = tuple(path for path in scanned.skipped if path.endswith("/"))
    return {
        path: FileState(0, "")
        for path in missing
        if path in scanned.skipped or path.startswith(closed)
    }


def _find_other_folder(published: Manifest | None, folder: str) -> str:
    """The folder that the index was made from, "" if that is the same or there is no index."""
    before = published.folder if published else ""
    return "" if before == folder else before


def _no_documents(folder: str) -> KnowledgeError:
    return KnowledgeError(
        f"There are no documents in {folder}; the index stays as it is.",
        "Put documents there or correct OPENBOOK_KNOWLEDGE.",
    )


async def _ask_about_deletions(
    plan: Plan, documents: Mapping[str, DocumentRow], agree: Agree | None
) -> None:
    deletions = count_deletions(plan, documents)
    passages = sum(row.passages for row in documents.values())
    if deletions <= passages * DELETION_SHARE:
        return
    if agree is None or not await agree(deletions, passages):
        raise DeletionRefused(
            f"Files gone from the folder: {len(plan.removed)}. With them {deletions} of "
            f"{passages} passages would leave the index. Nothing was changed.",
            "If that is right, run `openbook index --yes`; if a disk is not mounted, mount it.",
        )


def _report(
    visible: Plan,
    run: IndexRun,
    source: VectorSource,
    scanned: Scan,
    rules: Rules,
) -> IndexReport:
    """What happened to the files as readers see them, what is wrong with rule files, and what it
    cost. A file that is stale and skipped is named once."""
    failures = run.failures
    return IndexReport(
        added=tuple(path for path in visible.added if path not in failures),
        changed=tuple(path for path in visible.changed if path not in failures),
        removed=visible.removed,
        moved=visible.moved,
        unchanged=len(visible.unchanged),
        failed={
            **{path: row.failure for path, row in sorted(failures.items())},
            **list_problems(rules),
        },
        stale=tuple(sorted(path for path, row in failures.items() if row.digest)),
        warnings=run.warnings,
        skipped={path: reason for path, reason in scanned.skipped.items() if path not in failures},
        embedded=source.embedded,
        tokens=source.tokens,
        price=source.price,
    )


def _why_rebuilt(draft: Draft, *, rebuild: bool) -> str:
    if rebuild:
        return "as asked"
    if draft.published is None or draft.published.configuration == draft.configuration:
        return ""
    before, now = draft.published.configuration, draft.configuration
    if before.embedder != now.embedder:
        return f"the embedder changed from {before.embedder} to {now.embedder}"
    if before.dimensions != now.dimensions:
        return f"vectors changed from {before.dimensions} to {now.dimensions} dimensions"
    return "the way documents are split changed"
