"""An index that is written again and again for years does not grow by that."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import lancedb

from bot.indexing.entries import make_entry
from bot.nouns import EVERYTHING, Passage, Source
from bot.store.configuration import Configuration
from bot.store.draft import open_draft
from bot.store.folding import CLEARED_VERSIONS, UNFOLDED_FRAGMENTS
from bot.store.generations import read_published
from bot.store.lock import write_lock
from bot.store.published import PublishedIndex
from bot.store.schema import DocumentRow

BUILT = Configuration("none", 0, "rules")
AT_ONCE = timedelta(milliseconds=1)


def make_row(number: int) -> DocumentRow:
    """Of a log that changes whenever it is read: no passage of it is ever folded into an index."""
    return DocumentRow("a.log", "", "", "", 0, failure=f"It was changing, {number}.")


async def count_versions(uri: str, name: str) -> int:
    connection = await lancedb.connect_async(uri)
    with connection:
        return len(await (await connection.open_table(name)).list_versions())


async def test_manifests_do_not_pile_up(tmp_path: Path) -> None:
    uri = str(tmp_path)
    index = PublishedIndex(uri)
    for number in range(CLEARED_VERSIONS + 5):
        async with write_lock(uri), open_draft(uri, BUILT, await read_published(uri)) as draft:
            await draft.note([make_row(number)])
            await draft.publish(AT_ONCE)
        assert await (await index.snapshot()).documents() == [make_row(number)]
    index.close()

    assert await count_versions(uri, "manifest") < 20


async def test_notes_do_not_pile_up(tmp_path: Path) -> None:
    uri = str(tmp_path)
    async with write_lock(uri), open_draft(uri, BUILT, None) as draft:
        for number in range(CLEARED_VERSIONS):
            await draft.note([make_row(number)])
        await draft.publish(AT_ONCE)
        assert await draft.published_documents() == {}
        assert await draft.documents() == {"a.log": make_row(CLEARED_VERSIONS - 1)}

    assert await count_versions(uri, "documents_1") < 20


async def test_small_runs_do_not_pile_up_fragments(tmp_path: Path) -> None:
    """Each of them is opened for every question."""
    uri = str(tmp_path)
    index = PublishedIndex(uri)
    for number in range(4 * UNFOLDED_FRAGMENTS):
        source = Source(f"{number}.md", "", (), None, 0, 4)
        entry = make_entry(Passage(f"{number}", f"word{number}", source, 0))
        async with write_lock(uri), open_draft(uri, BUILT, await read_published(uri)) as draft:
            await draft.write([entry], None, [DocumentRow(f"{number}.md", "digest", "", "", 1)])
            await draft.publish()
        assert await (await index.snapshot()).keyword("word0", 5, EVERYTHING)
        assert await count_fragments(uri, "passages_1") <= UNFOLDED_FRAGMENTS + 2
    assert len(await (await index.snapshot()).documents()) == 4 * UNFOLDED_FRAGMENTS
    index.close()


async def count_fragments(uri: str, name: str) -> int:
    connection = await lancedb.connect_async(uri)
    with connection:
        statistics: Any = await (await connection.open_table(name)).stats()
    fragments: int = statistics["fragment_stats"]["num_fragments"]
    return fragments
