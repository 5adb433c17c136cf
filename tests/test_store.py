"""The tables of an index: what is there after each commit, and what readers of them see."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import lancedb
import numpy
import pytest

from bot.errors import StoreError
from bot.indexing.entries import make_entry
from bot.nouns import EVERYTHING, Passage, Source
from bot.seams import Vectors
from bot.store.configuration import Configuration
from bot.store.draft import Draft, open_draft
from bot.store.folding import EXACT_NUMBERS, UNFOLDED_ROWS
from bot.store.generations import read_published
from bot.store.lock import write_lock
from bot.store.published import PublishedIndex
from bot.store.schema import DocumentRow
from bot.store.snapshot import Snapshot
from tests.embedders import HashingEmbedder
from tests.libraries import Library, make_document, read_passages

BUILT = Configuration("hashing 1", 64, "rules")
EMBEDDER = HashingEmbedder()
AT_ONCE = timedelta(milliseconds=1)


def make_passages(path: str, *texts: str) -> list[Passage]:
    return [
        Passage(
            f"{path}/{text}",
            text,
            Source(path, "Title", ("Part", "Under it"), ordinal + 1, ordinal * 100, 99),
            ordinal,
        )
        for ordinal, text in enumerate(texts)
    ]


def make_row(path: str, passages: int) -> DocumentRow:
    return DocumentRow(path, "digest", "Title", "markdown", passages)


def embed(texts: list[str], dimensions: int = 64) -> Vectors:
    model = HashingEmbedder(dimensions=dimensions)
    return numpy.stack([model.embed(text) for text in texts])


async def write(draft: Draft, path: str, *texts: str) -> None:
    entries = [make_entry(passage) for passage in make_passages(path, *texts)]
    await draft.write(entries, embed(list(texts)), [make_row(path, len(texts))])


async def publish(uri: str, path: str, *texts: str, keep: timedelta = timedelta(hours=1)) -> None:
    async with write_lock(uri), open_draft(uri, BUILT, await read_published(uri)) as draft:
        await write(draft, path, *texts)
        await draft.publish(keep)


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return str(tmp_path / "index")


async def find(snapshot: Snapshot, terms: str) -> set[str]:
    hits = await snapshot.keyword(terms, 10, EVERYTHING)
    passages = await snapshot.take([hit.row for hit in hits])
    return {passage.text for passage in passages.values()}


async def test_passages_come_back_as_they_were_stored(uri: str) -> None:
    stored = make_passages("it's/a 'file'.md", "one red lamp", "two 红灯", "three ' quotes")
    texts = [passage.text for passage in stored]
    await publish(uri, "it's/a 'file'.md", *texts)
    index = PublishedIndex(uri)
    snapshot = await index.snapshot()

    assert await snapshot.passages_of("it's/a 'file'.md") == stored
    assert await snapshot.passages_of("other.md") == []
    assert await snapshot.documents() == [make_row("it's/a 'file'.md", 3)]
    hits = await snapshot.nearest(EMBEDDER.embed("two 红灯"), 3, EVERYTHING)
    assert hits[0].similarity == pytest.approx(1, abs=1e-5)
    assert await snapshot.take([hits[0].row]) == {hits[0].row: stored[1]}
    assert await snapshot.take([]) == {}
    index.close()


async def test_what_is_not_published_is_not_seen(uri: str) -> None:
    await publish(uri, "a.md", "red lamp")
    index = PublishedIndex(uri)
    before = await index.snapshot()
    async with write_lock(uri), open_draft(uri, BUILT, await read_published(uri)) as draft:
        assert not await draft.has_unpublished()
        await write(draft, "a.md", "green lamp")
        await write(draft, "b.md", "blue lamp")
        assert await draft.has_unpublished()
        assert await draft.count() == 2
        assert await find(await index.snapshot(), "lamp") == {"red lamp"}
        manifest = await draft.publish()
        after = await index.snapshot()
        assert after.manifest.version == manifest.version
        assert await find(after, "lamp") == {"green lamp", "blue lamp"}
        assert await find(before, "lamp") == {"red lamp"}
    index.close()


async def test_an_unpublished_draft_is_gone_on_with(uri: str) -> None:
    async with write_lock(uri), open_draft(uri, BUILT, None) as draft:
        await write(draft, "a.md", "red lamp")
    async with write_lock(uri), open_draft(uri, BUILT, await read_published(uri)) as draft:
        assert set(await draft.documents()) == {"a.md"}
        (digest,) = [make_entry(one).embedding_digest for one in make_passages("x", "red lamp")]
        found = await draft.vectors([digest, "unknown"])
        assert list(found) == [digest]
        numpy.testing.assert_array_equal(found[digest], EMBEDDER.embed("red lamp"))


async def test_old_versions_are_cleared_but_not_those_in_use(uri: str) -> None:
    """However old the published state is: a run that is killed before its end leaves it."""
    many = [f"lamp number {number}" for number in range(2 * UNFOLDED_ROWS)]
    await publish(uri, "a.md", *many, keep=AT_ONCE)
    assert await count_versions(uri) <= 2  # of some seven
    index = PublishedIndex(uri)
    for number in range(3):
        in_use = await index.snapshot()
        await publish(uri, "a.md", *[f"{text} {number}" for text in many], keep=AT_ONCE)
        # Not looked at before, so nothing of it is in memory.
        assert await in_use.nearest(EMBEDDER.embed("lamp number 7"), 5, EVERYTHING)
        assert await find(in_use, "37") == {many[37] if not number else f"{many[37]} {number - 1}"}
    index.close()


async def count_versions(uri: str) -> int:
    connection = await lancedb.connect_async(uri)
    with connection:
        return len(await (await connection.open_table("passages_1")).list_versions())


async def test_at_every_commit_the_tables_agree(tmp_path: Path) -> None:
    """A run can be cut off after any commit. What the next one relies on is that a document with
    a digest has the passages of that very content, and that no passage is without a document."""
    library = Library(tmp_path)
    for edition in ("first", "second"):
        for name in ("a", "b", "c"):
            library.write(f"{name}.md", make_document(name, f"{edition} {name}", f"{edition} more"))
        library.write(f"{edition}.md", make_document(edition, f"{edition} alone"))
        (library.root / "first.md").unlink() if edition == "second" else None
        await library.index()
    editions = {row["digest"]: "second" for row in (await library.contents()).documents.values()}
    connection = await lancedb.connect_async(library.uri)
    with connection:
        passages = await connection.open_table("passages_1")
        documents = await connection.open_table("documents_1")
        commits = sorted(
            [
                (one["timestamp"], "passages", one["version"])
                for one in await passages.list_versions()
            ]
            + [
                (one["timestamp"], "documents", one["version"])
                for one in await documents.list_versions()
            ]
        )
        state = {"passages": 1, "documents": 1}
        checked = 0
        for _, table, version in commits:
            state[table] = version
            await passages.checkout(state["passages"])
            await documents.checkout(state["documents"])
            texts: dict[str, list[str]] = {}
            for row in read_passages(await passages.query().to_arrow()):
                texts.setdefault(row["path"], []).append(row["text"])
            files = (await documents.query().to_arrow()).to_pylist()
            assert set(texts) <= {row["path"] for row in files}
            for row in files:
                if row["digest"]:
                    edition = editions.get(row["digest"], "first")
                    found = texts.get(row["path"], [])
                    assert len(found) == row["passages"]
                    assert all(edition in text for text in found), (state, row["path"])
                    checked += 1
    assert checked > 20


async def test_many_vectors_are_searched_by_an_index(uri: str) -> None:
    chance = numpy.random.default_rng(3)
    count, dimensions = 2_100, 2_400
    assert count * dimensions > EXACT_NUMBERS
    centres = chance.normal(size=(40, dimensions))
    vectors = centres[chance.integers(0, 40, count)] + chance.normal(size=(count, dimensions)) / 2
    vectors = (vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)).astype(numpy.float32)
    built = replace(BUILT, dimensions=dimensions)
    passages = make_passages("a.md", *[f"passage {number}" for number in range(count)])
    async with write_lock(uri), open_draft(uri, built, None) as draft:
        entries = [make_entry(passage) for passage in passages]
        await draft.write(entries[100:], vectors[100:], [make_row("a.md", count - 100)])
        manifest = await draft.publish()
        assert manifest.vectors_trained == 0
        late = [replace(one, passage=move(one.passage, "b.md")) for one in entries[:200]]
        await draft.write(late, vectors[:200], [make_row("b.md", 200)])
        manifest = await draft.publish()
    assert manifest.vectors_trained == count + 100
    index = PublishedIndex(uri)
    snapshot = await index.snapshot()
    hits = 0
    for number in range(0, count, 100):
        near = await snapshot.nearest(vectors[number], 10, EVERYTHING)
        exact = set(numpy.argsort(-(vectors @ vectors[number]))[:10])
        found = await snapshot.take([hit.row for hit in near])
        hits += len(exact & {int(one.text.split()[1]) for one in found.values()})
        assert near[0].similarity == pytest.approx(1, abs=1e-4)
    assert hits > 0.75 * 10 * 21
    index.close()


def move(passage: Passage, path: str) -> Passage:
    return replace(passage, id=f"{path} {passage.id}", source=replace(passage.source, path=path))


async def test_snapshots_asked_for_at_once_are_one(uri: str) -> None:
    await publish(uri, "a.md", "red lamp")
    index = PublishedIndex(uri)

    snapshots = await asyncio.gather(*(index.snapshot() for _ in range(20)))

    assert len({id(snapshot) for snapshot in snapshots}) == 1
    index.close()


@pytest.mark.parametrize(
    ("http_allowed", "reason"), [("true", "Connection refused"), ("false", "BadScheme")]
)
async def test_object_storage_that_does_not_serve_is_said(
    http_allowed: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is wrong with the index: nobody is to be told to make it anew."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ALLOW_HTTP", http_allowed)
    with pytest.raises(StoreError, match=reason) as caught:
        await read_published("s3://books/openbook")
    assert "AWS_ALLOW_HTTP" in caught.value.remedy
