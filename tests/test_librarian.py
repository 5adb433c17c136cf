"""What an index run does to an index, on real folders."""

import asyncio
import sys
import threading
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.errors import DeletionRefused, KnowledgeError, ModelAway, OpenbookError, StoreError
from bot.indexing.entries import RULES, make_entry
from bot.indexing.librarian import Librarian
from bot.indexing.run import BATCH_FILES
from bot.indexing.scanning import LARGEST_FILE
from bot.indexing.watching import follow_changes
from bot.nouns import EVERYTHING, Mode
from bot.reports import IndexReport
from bot.store.configuration import Configuration
from bot.store.draft import open_draft
from bot.store.lock import write_lock
from bot.store.schema import DocumentRow
from tests.embedders import HashingEmbedder
from tests.libraries import Library, list_tree, make_document, make_section

TEA = "Green tea is brewed at seventy degrees for two minutes."
SHIPS = "The ferry to the island leaves at noon from the old harbour."
CATS = "Every cat in the shelter has been vaccinated against rabies."
CHINESE = "收到货物之后三十四天之内可以免费退货，退款需要五个工作日。"
NONSENSE = bytes(range(256)) * 20


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


async def agree(deletions: int, passages: int) -> bool:
    return True


def write_three(library: Library) -> None:
    library.write("tea.md", make_document("Tea", TEA, "Black tea takes boiling water."))
    library.write("travel/ships.md", make_document("Ships", SHIPS, "Trains run every hour."))
    library.write("猫.md", make_document("Animals", CATS, CHINESE))


async def test_a_first_run_reports_what_it_did(library: Library) -> None:
    write_three(library)

    report = await library.index()

    assert report.added == ("tea.md", "travel/ships.md", "猫.md")
    assert (report.changed, report.removed, report.moved, report.unchanged) == ((), (), (), 0)
    assert (report.failed, report.stale, report.rebuilt) == ({}, (), "")
    assert report.passages == report.embedded == len(library.model.texts) == 6
    assert report.tokens == sum(map(library.model.count, library.model.texts))
    assert report.price == pytest.approx(report.tokens * 0.5 / 1e6)
    assert (report.version_before, report.dry_run) == ("", False)
    status = await library.librarian().status()
    assert report.version_after == status.version != ""
    assert (status.documents, status.passages) == (3, 6)
    assert (status.embedder, status.dimensions, status.splitter) == ("hashing 1", 64, RULES)
    contents = await library.contents()
    contents.check()
    assert set(contents.documents) == set(report.added)
    for row in contents.passages.values():
        text = (library.root / row["path"]).read_text()
        assert text[row["start"] : row["end"]] == row["text"]


async def test_an_unchanged_run_embeds_and_writes_nothing(library: Library) -> None:
    write_three(library)
    first = await library.index()
    tree = list_tree(library.index_folder)
    calls = library.model.calls
    (library.root / "tea.md").touch()

    second = await library.index()

    assert second.unchanged == 3
    assert (second.added, second.embedded, second.tokens) == ((), 0, 0)
    assert second.version_before == second.version_after == first.version_after
    assert library.model.calls == calls
    assert {stage.stage for stage in library.progress} == set()
    after = list_tree(library.index_folder)
    assert {name for name in after if after[name] != tree.get(name)} <= {"writer.lock"}


async def test_of_a_changed_file_only_changed_passages_are_embedded(library: Library) -> None:
    write_three(library)
    await library.index()
    library.model.texts.clear()
    library.write("tea.md", make_document("Tea", TEA, "White tea is left to wither in the sun."))

    report = await library.index()

    assert (report.changed, report.unchanged, report.passages) == (("tea.md",), 2, 6)
    assert report.embedded == 1
    assert ["wither" in text for text in library.model.texts] == [True]
    assert await library.find("wither sun", Mode.KEYWORD) == {"tea.md"}
    assert "tea.md" not in await library.find("boiling", Mode.KEYWORD)
    (await library.contents()).check()


async def test_files_that_move_or_are_renamed_embed_nothing(library: Library) -> None:
    write_three(library)
    await library.index()
    calls = library.model.calls
    (library.root / "travel/ships.md").rename(library.root / "ferries.md")
    (library.root / "attic").mkdir()
    (library.root / "tea.md").rename(library.root / "attic/tea.md")

    report = await library.index()

    assert library.model.calls == calls
    assert report.embedded == 0
    assert set(report.moved) == {("travel/ships.md", "ferries.md"), ("tea.md", "attic/tea.md")}
    assert await library.find("ferry", Mode.KEYWORD) == {"ferries.md"}
    contents = await library.contents()
    contents.check()
    assert set(contents.documents) == {"ferries.md", "attic/tea.md", "猫.md"}


async def test_a_copy_embeds_nothing_and_outlives_the_original(library: Library) -> None:
    write_three(library)
    await library.index()
    calls = library.model.calls
    library.write("copy.md", (library.root / "tea.md").read_bytes())
    assert (await library.index()).added == ("copy.md",)
    (library.root / "tea.md").unlink()

    report = await library.index()

    assert library.model.calls == calls
    assert (report.removed, report.moved) == (("tea.md",), ())
    assert await library.find("seventy degrees", Mode.KEYWORD) == {"copy.md"}
    (await library.contents()).check()


async def test_what_is_deleted_is_gone_from_a_search_that_is_open(library: Library) -> None:
    write_three(library)
    await library.index()
    with library.searching() as search:
        assert "猫.md" in {
            one.source.path for one in (await search.search(CATS, scope=EVERYTHING)).passages
        }
        (library.root / "猫.md").unlink()
        await library.index()
        for mode in Mode:
            found = (await search.search(CATS, scope=EVERYTHING, mode=mode)).passages
            assert "猫.md" not in {one.source.path for one in found}


async def test_a_file_that_breaks_answers_from_its_last_good_version(library: Library) -> None:
    write_three(library)
    await library.index()
    library.write("tea.md", NONSENSE)

    report = await library.index()

    assert list(report.failed) == ["tea.md"]
    assert report.failed["tea.md"].strip()
    assert (report.stale, report.changed, report.unchanged) == (("tea.md",), (), 2)
    assert await library.find("seventy degrees", Mode.KEYWORD) == {"tea.md"}
    status = await library.librarian().status()
    assert (dict(status.failed), status.stale) == (dict(report.failed), ("tea.md",))

    again = await library.index()
    assert again.failed == report.failed
    assert again.stale == ("tea.md",)
    assert library.progress == []  # not read again
    assert again.version_after == report.version_after

    library.write("tea.md", make_document("Tea", "Mint tea cools in summer."))
    mended = await library.index()
    assert (mended.changed, mended.failed, mended.stale) == (("tea.md",), {}, ())
    assert await library.find("mint summer", Mode.KEYWORD) == {"tea.md"}
    assert await library.find("seventy degrees", Mode.KEYWORD) == set()
    assert (await library.librarian().status()).failed == {}
    (await library.contents()).check()


async def test_a_file_that_was_never_good_is_named_until_it_is_deleted(library: Library) -> None:
    write_three(library)
    library.write("broken.md", NONSENSE)

    report = await library.index()

    assert list(report.failed) == ["broken.md"]
    assert (report.stale, report.passages) == ((), 6)
    assert "broken.md" not in report.added
    status = await library.librarian().status()
    assert (status.documents, list(status.failed), status.stale) == (3, ["broken.md"], ())
    (library.root / "broken.md").unlink()
    assert (await library.index()).failed == {}
    assert (await library.librarian().status()).failed == {}


@pytest.mark.parametrize("becomes", ["larger", "a link"])
async def test_a_file_that_is_no_longer_taken_answers_from_its_last_good_version(
    library: Library, becomes: str
) -> None:
    write_three(library)
    await library.index()
    file = library.root / "tea.md"
    if becomes == "larger":
        with file.open("ab") as opened:
            opened.truncate(LARGEST_FILE + 1)
    else:
        file.rename(library.place / "tea.md")
        file.symlink_to(library.place / "tea.md")

    report = await library.index()

    assert (list(report.failed), report.stale, report.removed) == (["tea.md"], ("tea.md",), ())
    assert becomes in report.failed["tea.md"]
    assert report.skipped == {}
    assert await library.find("seventy degrees", Mode.KEYWORD) == {"tea.md"}
    file.unlink()
    assert (await library.index(agree=agree)).removed == ("tea.md",)


async def test_a_broken_file_that_comes_back_as_it_was_is_read_again(library: Library) -> None:
    write_three(library)
    await library.index()
    good = (library.root / "tea.md").read_bytes()
    library.write("tea.md", NONSENSE)
    await library.index()
    library.write("tea.md", good)

    report = await library.index()

    assert (report.failed, report.stale, report.embedded) == ({}, (), 0)
    assert await library.find("seventy degrees", Mode.KEYWORD) == {"tea.md"}


async def test_a_file_that_changes_while_it_is_read_is_read_again(library: Library) -> None:
    library.write("log.txt", "a line of the log\n" * 1_000_000)
    stop = threading.Event()

    def keep_writing() -> None:
        with (library.root / "log.txt").open("ab", buffering=0) as file:
            while not stop.wait(0.0002):
                file.write(b"one more line of the log that never ends\n")

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        report = await library.index()
    finally:
        stop.set()
        writer.join()
    assert list(report.failed) == ["log.txt"]
    assert "changed while it was read" in report.failed["log.txt"]
    library.write("log.txt", "the line that never ends\n")

    settled = await library.index()

    assert (settled.failed, settled.added) == ({}, ("log.txt",))
    assert await library.find("never ends", Mode.KEYWORD) == {"log.txt"}


async def test_a_rebuild_keeps_the_last_good_version_of_a_broken_file(library: Library) -> None:
    write_three(library)
    await library.index()
    library.write("tea.md", NONSENSE)
    await library.index()
    calls = library.model.calls

    report = await library.index(rebuild=True)

    assert (list(report.failed), report.stale) == (["tea.md"], ("tea.md",))
    assert report.rebuilt == "as asked"
    assert (report.passages, report.embedded, library.model.calls) == (6, 0, calls)
    assert report.version_after.split(".")[0] != report.version_before.split(".")[0]
    assert await library.find("seventy degrees", Mode.KEYWORD) == {"tea.md"}
    (await library.contents()).check()
    assert (await library.index()).stale == ("tea.md",)


async def test_readers_see_the_old_index_until_a_rebuild_is_complete(library: Library) -> None:
    write_three(library)
    first = await library.index()
    old, new = library.model, HashingEmbedder("hashing 2", 32)
    new.closed = True
    library.embedder = new
    with library.searching(old) as search:
        async with asyncio.TaskGroup() as group:
            run = group.create_task(library.index())
            await new.waiting.wait()
            during = await search.search(TEA, scope=EVERYTHING, mode=Mode.VECTOR)
            assert during.index_version == first.version_after
            assert during.passages[0].source.path == "tea.md"
            new.open()
        after = await search.search(TEA, scope=EVERYTHING)
    report = run.result()
    assert report.rebuilt == "the embedder changed from hashing 1 to hashing 2"
    assert report.embedded == 6
    assert after.index_version == report.version_after
    assert "another embedder" in after.degraded
    assert (await library.search(TEA, Mode.VECTOR)).passages[0].source.path == "tea.md"
    assert (await library.librarian().status()).dimensions == 32


async def test_other_dimensions_are_noticed(library: Library) -> None:
    write_three(library)
    await library.index()
    library.embedder = HashingEmbedder(dimensions=32)

    result = await library.search(TEA)
    assert result.passages[0].source.path == "tea.md"
    assert "dimensions" in result.degraded
    library.write("new.md", make_document("New", "Something that was never embedded."))
    with pytest.raises(OpenbookError, match="dimensions") as caught:
        await library.index()
    assert "--rebuild" in caught.value.remedy

    report = await library.index(rebuild=True)
    assert report.embedded == report.passages == 7
    assert (await library.search(TEA, Mode.VECTOR)).passages[0].source.path == "tea.md"


async def test_another_way_of_splitting_is_noticed_and_embeds_nothing_anew(
    library: Library,
) -> None:
    write_three(library)
    await library.index()
    passages = (await library.search(TEA, limit=50)).passages
    texts = {one.source.path: one.text_in_context for one in passages}
    library.index_folder.rename(library.place / "made elsewhere")
    older = Configuration("hashing 1", 64, "older rules")
    entries = [make_entry(one) for one in passages]
    vectors = await library.model.embed_passages([one.text_in_context for one in passages])
    rows = [DocumentRow(path, "digest", "", "markdown", 1) for path in texts]
    async with write_lock(library.uri), open_draft(library.uri, older, None) as draft:
        await draft.write(entries, vectors, rows)
        await draft.publish()
    calls = library.model.calls

    report = await library.index()

    assert report.rebuilt == "the way documents are split changed"
    assert report.embedded == 6 - len(entries)
    assert library.model.calls == calls + bool(report.embedded)
    assert (await library.librarian().status()).splitter == RULES
    (await library.contents()).check()


async def test_without_an_embedder_keyword_search_answers(library: Library) -> None:
    write_three(library)
    library.embedder = None

    report = await library.index()

    assert (report.passages, report.embedded, report.tokens, report.price) == (6, 0, 0, 0.0)
    assert await library.find("ferry harbour") == {"travel/ships.md"}
    library.embedder = HashingEmbedder()
    report = await library.index()
    assert report.rebuilt == "the embedder changed from none to hashing 1"
    assert report.embedded == 6


async def test_a_run_that_deletes_much_asks_first(library: Library) -> None:
    for number in range(3):
        library.write(f"{number}.md", make_document("T", f"Passage number {number} of three."))
    library.write("double.md", make_document("T", "First of two.", "Second of two."))
    first = await library.index()
    (library.root / "double.md").unlink()
    asked: list[tuple[int, int]] = []

    async def refuse(deletions: int, passages: int) -> bool:
        asked.append((deletions, passages))
        return False

    with pytest.raises(DeletionRefused, match="2 of 5"):
        await library.index()
    with pytest.raises(DeletionRefused, match="2 of 5"):
        await library.index(agree=refuse)
    assert asked == [(2, 5)]
    assert (await library.librarian().status()).version == first.version_after
    assert await library.find("second", Mode.KEYWORD) == {"double.md"}

    report = await library.index(agree=agree)
    assert (report.removed, report.passages) == (("double.md",), 3)
    # A third, and not more, is deleted without a question.
    (library.root / "0.md").unlink()
    assert (await library.index()).removed == ("0.md",)


async def test_moving_everything_deletes_nothing(library: Library) -> None:
    write_three(library)
    await library.index()
    (library.root / "new place").mkdir()
    for name in ("tea.md", "travel/ships.md", "猫.md"):
        (library.root / name).rename(library.root / "new place" / Path(name).name)

    assert len((await library.index()).moved) == 3


async def test_an_emptied_folder_is_taken_for_a_mistake(library: Library) -> None:
    write_three(library)
    await library.index()
    for file in library.root.rglob("*.md"):
        file.unlink()

    with pytest.raises(DeletionRefused) as caught:
        await library.index()
    assert "--yes" in caught.value.remedy
    assert await library.find("ferry harbour") != set()

    report = await library.index(agree=agree)
    assert (len(report.removed), report.passages) == (3, 0)
    assert await library.find("ferry harbour") == set()


async def test_another_folder_replaces_the_first_without_a_question(library: Library) -> None:
    write_three(library)
    first = await library.index()
    assert (first.folder, first.folder_before) == (str(library.root), "")
    other = library.place / "other"
    other.mkdir()
    (other / "trains.md").write_text(make_document("Trains", "Trains run every hour."))
    librarian = Librarian(other, library.uri, library.embedder, workers=1)

    planned = await librarian.index(dry_run=True)
    assert planned.folder_before == str(library.root)
    assert (await librarian.status()).folder == str(library.root)
    report = await librarian.index()

    assert (report.folder, report.folder_before) == (str(other), str(library.root))
    assert (len(report.removed), report.added) == (3, ("trains.md",))
    assert (await librarian.status()).folder == str(other)
    (other / "trains.md").unlink()
    with pytest.raises(DeletionRefused):
        await librarian.index()


async def test_a_run_that_only_changes_the_folder_is_published(library: Library) -> None:
    write_three(library)
    first = await library.index()
    library.root.rename(library.place / "other")
    librarian = Librarian(library.place / "other", library.uri, library.embedder, workers=1)

    report = await librarian.index()

    assert (report.unchanged, report.embedded) == (3, 0)
    assert report.folder_before == first.folder
    assert (await librarian.status()).folder == str(library.place / "other")
    assert (await librarian.index()).folder_before == ""


async def test_a_folder_by_another_name_is_the_same(library: Library) -> None:
    write_three(library)
    await library.index()
    (library.place / "link").symlink_to(library.root)

    librarian = Librarian(library.place / "link", library.uri, library.embedder, workers=1)
    assert (await librarian.index()).folder_before == ""


async def test_an_empty_folder_makes_an_empty_index(library: Library) -> None:
    report = await library.index()

    assert (report.added, report.passages, report.failed) == ((), 0, {})
    result = await library.search("anything")
    assert (result.passages, result.evidence.enough) == ((), False)
    write_three(library)
    assert len((await library.index()).added) == 3


async def test_a_missing_folder_leaves_the_index(library: Library) -> None:
    write_three(library)
    await library.index()
    library.root.rename(library.place / "unmounted")

    with pytest.raises(KnowledgeError, match="no folder"):
        await library.index(agree=agree)
    assert await library.find("ferry harbour") != set()


async def test_a_dry_run_tells_the_same_and_writes_nothing(library: Library) -> None:
    write_three(library)
    library.write("copy.md", (library.root / "tea.md").read_bytes())
    library.write("broken.md", NONSENSE)
    planned = await library.index(dry_run=True)
    assert not library.index_folder.exists()
    assert library.model.calls == 0
    await check_plan(library, planned)

    library.write("tea.md", make_document("Tea", TEA, "Iced tea."))
    library.write("新.md", make_document("New", CHINESE, "Nothing like it was there before."))
    library.write("猫.md", NONSENSE)
    (library.root / "copy.md").unlink()
    (library.root / "travel/ships.md").rename(library.root / "ships.md")
    tree, calls = list_tree(library.index_folder), library.model.calls
    planned = await library.index(dry_run=True)
    assert list_tree(library.index_folder) == tree
    assert library.model.calls == calls
    await check_plan(library, planned)

    for embedder in (HashingEmbedder("hashing 2", 48), None):
        library.embedder = embedder
        planned = await library.index(dry_run=True)
        assert planned.rebuilt != ""
        await check_plan(library, planned)


async def check_plan(library: Library, planned: IndexReport) -> None:
    """Does for real what a dry run has told."""
    done = await library.index(agree=agree)
    names = [
        name for name in IndexReport.__dataclass_fields__ if name not in {"seconds", "dry_run"}
    ]
    differ = {name for name in names if getattr(planned, name) != getattr(done, name)}
    assert planned.dry_run
    assert planned.version_after == planned.version_before
    assert differ <= {"version_after"}


async def test_a_dry_run_tells_of_deletions_without_asking(library: Library) -> None:
    write_three(library)
    await library.index()
    for file in library.root.rglob("*.md"):
        file.unlink()

    assert len((await library.index(dry_run=True)).removed) == 3


async def test_progress_goes_forward_to_its_end(library: Library) -> None:
    write_three(library)
    await library.index()

    assert [one.stage for one in library.progress][0 :: len(library.progress) - 1] == [
        "reading",
        "writing",
    ]
    embedding = [one for one in library.progress if one.stage == "embedding"]
    size = sum(file.stat().st_size for file in library.root.rglob("*.md"))
    assert {one.total for one in embedding} == {size}
    assert [one.done for one in embedding] == sorted(one.done for one in embedding)
    assert embedding[-1].done == size


async def test_many_files_without_passages_are_written_in_batches(library: Library) -> None:
    count = BATCH_FILES + 1
    for number in range(count):
        library.write(f"{number:04}.md", b"")

    report = await library.index()

    assert len(report.failed) == count
    reading = [one for one in library.progress if one.stage == "reading"]
    assert [(one.done, one.total) for one in reading] == [(n, count) for n in range(count)]
    assert len([one for one in library.progress if one.stage == "embedding"]) == 2


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
async def test_a_run_that_cannot_read_leaves_nothing_at_work(
    library: Library, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    for number in range(30):
        library.write(f"{number}.md", make_document("T", TEA))
    monkeypatch.setattr(sys, "executable", program)

    with pytest.raises(KnowledgeError, match="does not start"):
        await library.index()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_model_that_goes_away_costs_one_batch(library: Library) -> None:
    library.write("old.md", make_document("Old", TEA))
    first = await library.index()
    for name in ("a", "b"):
        library.write(
            f"{name}.md", "".join(make_section(f"{name} {n}", f"{name}{n}.") for n in range(2100))
        )
    model = library.model
    model.failure = ModelAway("The embedding server does not answer.", "Try again later.")
    model.calls_before_failure = 9  # so many slices make the first of two batches

    with pytest.raises(ModelAway, match="does not answer"):
        await library.index()
    assert (await library.librarian().status()).version == first.version_after
    model.failure = None
    assert await library.find("a7", Mode.KEYWORD) == set()
    assert await library.find("seventy degrees") == {"old.md"}

    model.texts.clear()
    report = await library.index()

    assert (report.added, report.passages) == (("a.md", "b.md"), 4201)
    assert report.embedded == len(model.texts) == 2100
    assert not any("a7." in text for text in model.texts)
    assert await library.find("a7", Mode.KEYWORD) == {"a.md"}
    (await library.contents()).check()


async def test_a_watch_indexes_now_and_after_each_change(library: Library) -> None:
    for name in ("tea.md", "trains.md", "cats.md"):
        library.write(name, make_document("Title", f"All about {name}."))
    reports = library.librarian().watch()
    try:
        async with asyncio.timeout(20):
            first = await anext(reports)
            assert isinstance(first, IndexReport)
            assert len(first.added) == 3
            # Written while nobody was waiting for the next report.
            library.write("ships.md", make_document("Ships", SHIPS))
            second = await anext(reports)
            assert isinstance(second, IndexReport)
            assert second.added == ("ships.md",)
            for name in ("tea.md", "ships.md"):
                (library.root / name).unlink()
            assert isinstance(await anext(reports), DeletionRefused)
            library.write("tea.md", make_document("Tea", TEA))
            third = await anext(reports)
            assert isinstance(third, IndexReport)
            assert (third.changed, third.removed) == (("tea.md",), ("ships.md",))
    finally:
        await reports.aclose()


async def test_a_watch_without_a_folder_says_so(tmp_path: Path) -> None:
    reports = Librarian(tmp_path / "nowhere", str(tmp_path / "index"), None).watch()
    assert isinstance(await anext(reports), KnowledgeError)
    with pytest.raises(KnowledgeError, match="cannot be watched"):
        await anext(reports)


async def test_a_watch_outlives_its_folder(library: Library) -> None:
    library.write("tea.md", make_document("Tea", TEA))
    reports = library.librarian().watch()
    try:
        async with asyncio.timeout(20):
            assert isinstance(await anext(reports), IndexReport)
            library.root.rename(library.place / "unmounted")
            assert isinstance(await anext(reports), KnowledgeError)
            (library.place / "unmounted").rename(library.root)
            library.write("ships.md", make_document("Ships", SHIPS))
            mounted = await anext(reports)
            assert isinstance(mounted, IndexReport)
            assert mounted.added == ("ships.md",)
            library.write("cats.md", make_document("Cats", CATS))
            followed = await anext(reports)
            assert isinstance(followed, IndexReport)
            assert followed.added == ("cats.md",)
    finally:
        await reports.aclose()


async def test_a_watch_does_not_follow_its_own_index(tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text(make_document("Tea", TEA))
    async with aclosing(follow_changes(tmp_path, tmp_path / "index")) as changes:
        change = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        for index in (tmp_path / ".openbook/index", tmp_path / "index"):
            await Librarian(tmp_path, str(index), None).index()
        done, _ = await asyncio.wait([change], timeout=2.5)
        assert not done
        change.cancel()
        await asyncio.wait([change])


async def test_status_before_the_first_run(library: Library) -> None:
    with pytest.raises(StoreError, match="no index"):
        await library.librarian().status()
    assert not library.index_folder.exists()


async def test_an_empty_other_folder_leaves_the_index(library: Library, tmp_path: Path) -> None:
    library.write("a.md", "# Fees\n\nShipping costs 17 euros.")
    await library.index()
    other = tmp_path / "other"
    other.mkdir()
    librarian = Librarian(other, library.uri, library.embedder)
    with pytest.raises(KnowledgeError, match="no documents"):
        await librarian.index()
    assert await library.find("shipping euros") == {"a.md"}
