"""A knowledge folder with its index, for tests: what is done to the folder, and what the tables of
the index really hold."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa

from bot.indexing.librarian import Librarian
from bot.models.tokens import estimate_tokens
from bot.nouns import EVERYTHING, Mode, Scope, SearchResult
from bot.reports import IndexReport, Progress
from bot.seams import Embedder, Reranker
from bot.search.searching import Search
from bot.store.generations import read_published
from bot.store.published import PublishedIndex
from bot.store.schema import to_passages
from tests.embedders import HashingEmbedder


@dataclass(frozen=True)
class Contents:
    """All that readers of an index can see, whatever version it has."""

    documents: dict[str, dict[str, Any]]
    passages: dict[str, dict[str, Any]]
    rows: int

    def check(self) -> None:
        """No passage twice, none without its document, none of a document missing."""
        assert len(self.passages) == self.rows
        ordinals: dict[str, list[int]] = {path: [] for path in self.documents}
        for row in self.passages.values():
            ordinals[row["path"]].append(row["ordinal"])
        for path, document in self.documents.items():
            assert sorted(ordinals[path]) == list(range(document["passages"])), path


@dataclass
class Library:
    """`reports` of all its runs; `progress` of the last."""

    place: Path
    embedder: HashingEmbedder | None = field(default_factory=HashingEmbedder)
    progress: list[Progress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)

    @property
    def root(self) -> Path:
        return self.place / "knowledge"

    @property
    def index_folder(self) -> Path:
        return self.place / "index"

    @property
    def uri(self) -> str:
        return str(self.index_folder)

    @property
    def model(self) -> HashingEmbedder:
        assert self.embedder is not None
        return self.embedder

    def write(self, path: str, content: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def librarian(self) -> Librarian:
        return Librarian(self.root, self.uri, self.embedder, workers=1)

    async def index(
        self,
        *,
        rebuild: bool = False,
        dry_run: bool = False,
        agree: Callable[[int, int], Awaitable[bool]] | None = None,
    ) -> IndexReport:
        self.progress.clear()
        return await self.librarian().index(
            rebuild=rebuild, dry_run=dry_run, agree=agree, progress=self.progress.append
        )

    @contextmanager
    def searching(
        self, embedder: Embedder | None = None, reranker: Reranker | None = None
    ) -> Iterator[Search]:
        index = PublishedIndex(self.uri)
        try:
            yield Search(index, embedder or self.embedder, reranker)
        finally:
            index.close()

    async def search(
        self,
        query: str,
        mode: Mode = Mode.HYBRID,
        limit: int = 10,
        *,
        scope: Scope = EVERYTHING,
    ) -> SearchResult:
        with self.searching() as search:
            return await search.search(query, scope=scope, mode=mode, limit=limit)

    async def find(self, query: str, mode: Mode = Mode.HYBRID) -> set[str]:
        """The paths of the files that a search names."""
        return {one.source.path for one in (await self.search(query, mode)).passages}

    async def contents(self) -> Contents:
        manifest = await read_published(self.uri)
        assert manifest is not None
        connection = await lancedb.connect_async(self.uri, read_consistency_interval=timedelta(0))
        with connection:
            passages = await connection.open_table(f"passages_{manifest.generation}")
            await passages.checkout(manifest.passages_version)
            rows = read_passages(await passages.query().to_arrow())
            documents = await connection.open_table(f"documents_{manifest.generation}")
            await documents.checkout(manifest.documents_version)
            files = (await documents.query().to_arrow()).to_pylist()
        return Contents(
            {row["path"]: row for row in files}, {row["id"]: row for row in rows}, len(rows)
        )


def read_passages(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table of passages, each with what is packed in its passage."""
    return [
        row | asdict(passage) | asdict(passage.source)
        for row, passage in zip(table.to_pylist(), to_passages(table), strict=True)
    ]


def make_section(heading: str, sentence: str) -> str:
    """Long enough to be a passage of its own, and no more than one."""
    repeated = [sentence] * max(1, 180 // estimate_tokens(sentence))
    return f"## {heading}\n\n{' '.join(repeated)}\n\n"


def make_document(title: str, *sentences: str) -> str:
    """A passage for each sentence."""
    sections = [make_section(f"Part {n}", sentence) for n, sentence in enumerate(sentences, 1)]
    return f"# {title}\n\n" + "".join(sections)


def list_tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything below a folder: time of change and content."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }
