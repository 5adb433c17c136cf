"""What an index run says and leaves behind when its disk, its folder or its index is unwell."""

import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.errors import IndexBusy, IndexDamaged, IndexMissing, StoreError
from bot.nouns import EVERYTHING, Mode
from bot.reports import IndexReport
from bot.store.lock import write_lock
from tests.index_child import Run, finish
from tests.libraries import Library, list_tree, make_document

TEA = "Green tea is brewed at seventy degrees for two minutes."
SHIPS = "The ferry to the island leaves at noon from the old harbour."


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path)
    library.write("tea.md", make_document("Tea", TEA, "Black tea takes boiling water."))
    library.write("travel/ships.md", make_document("Ships", SHIPS, "Trains run every hour."))
    return library


async def test_a_second_writer_is_told_to_wait(library: Library) -> None:
    await library.index()
    async with write_lock(library.uri):
        library.write("new.md", make_document("New", "Not yet."))
        with pytest.raises(IndexBusy, match="at work"):
            await library.index()
        assert isinstance(await finish(Run(library.place)), IndexBusy)
        assert (await library.index(dry_run=True)).added == ("new.md",)
        assert await library.find("ferry", Mode.KEYWORD) == {"travel/ships.md"}

    assert (await library.index()).added == ("new.md",)


async def test_a_second_writer_does_not_even_look_at_the_folder(library: Library) -> None:
    """It would take what the first one adds meanwhile for deleted."""
    shutil.rmtree(library.root)
    async with write_lock(library.uri):
        with pytest.raises(IndexBusy):
            await library.index()


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_folder_of_somebody_else_is_left_as_it_is(library: Library, dry_run: bool) -> None:
    (library.index_folder / "photos").mkdir(parents=True)
    (library.index_folder / "diary.txt").write_text("Dear diary")
    tree = list_tree(library.index_folder)

    with pytest.raises(IndexDamaged, match=r"diary\.txt") as caught:
        await library.index(dry_run=dry_run, rebuild=True)
    assert "OPENBOOK_INDEX" in caught.value.remedy
    assert list_tree(library.index_folder) == tree


async def test_a_file_in_the_place_of_the_index(library: Library) -> None:
    library.index_folder.write_text("I am a file")

    with pytest.raises(StoreError, match="not a folder"):
        await library.index()
    with pytest.raises(StoreError):
        await library.librarian().status()
    assert library.index_folder.read_text() == "I am a file"


async def test_an_index_that_may_not_be_written(library: Library) -> None:
    first = await library.index()
    library.write("new.md", make_document("New", "Something new."))
    tree = list_tree(library.index_folder)
    protect(library.index_folder, 0o555, 0o444)
    try:
        error = await finish(Run(library.place, without_rights=True))
    finally:
        protect(library.index_folder, 0o755, 0o644)
    assert isinstance(error, StoreError)
    assert "rights" in error.problem
    assert error.remedy
    assert list_tree(library.index_folder) == tree
    assert (await library.librarian().status()).version == first.version_after
    assert (await library.index()).added == ("new.md",)


async def test_an_index_that_cannot_even_be_entered(library: Library) -> None:
    await library.index()
    library.index_folder.chmod(0)
    try:
        error = await finish(Run(library.place, without_rights=True))
    finally:
        library.index_folder.chmod(0o755)
    assert isinstance(error, StoreError)
    assert "rights" in error.problem


async def test_files_in_a_folder_that_cannot_be_opened_are_not_deleted(library: Library) -> None:
    await library.index()
    folder = library.root / "travel"
    folder.chmod(0)
    try:
        report = await finish(Run(library.place, without_rights=True))
    finally:
        folder.chmod(0o755)
    assert isinstance(report, IndexReport)
    assert (report.removed, report.stale) == ((), ("travel/ships.md",))
    assert "travel/" in report.skipped
    assert await library.find("ferry", Mode.KEYWORD) == {"travel/ships.md"}
    assert (await library.index()).failed == {}


async def test_a_full_disk_leaves_the_old_index(library: Library) -> None:
    first = await library.index()
    sentences = [f"Sentence number {n} of a long book." for n in range(300)]
    library.write("long.md", make_document("Long", *sentences))

    error = await finish(Run(library.place, largest_file=60_000))

    assert isinstance(error, StoreError)
    assert "full" in error.problem
    assert "Free some space" in error.remedy
    assert (await library.librarian().status()).version == first.version_after
    assert await library.find("ferry", Mode.KEYWORD) == {"travel/ships.md"}
    assert await library.find("long book", Mode.KEYWORD) == set()
    report = await library.index()
    assert (report.added, report.passages) == (("long.md",), 304)
    (await library.contents()).check()


def protect(folder: Path, for_folders: int, for_files: int) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(for_folders if path.is_dir() else for_files)


def truncate(file: Path, chance: random.Random) -> None:
    os.truncate(file, chance.randrange(file.stat().st_size + 1))


def scramble(file: Path, chance: random.Random) -> None:
    file.write_bytes(chance.randbytes(file.stat().st_size))


def empty(file: Path, chance: random.Random) -> None:
    os.truncate(file, 0)


def delete(file: Path, chance: random.Random) -> None:
    file.unlink()


DAMAGES: list[Callable[[Path, random.Random], None]] = [truncate, scramble, empty, delete]


@pytest.mark.parametrize("seed", range(16))
async def test_a_damaged_index_is_told_or_does_not_matter(library: Library, seed: int) -> None:
    await library.index()
    library.write("tea.md", make_document("Tea", TEA, "White tea withers in the sun."))
    await library.index()
    chance = random.Random(seed)
    files = sorted(path for path in library.index_folder.rglob("*") if path.is_file())
    for file in chance.sample(files, chance.choice([1, 1, 3])):
        DAMAGES[seed % len(DAMAGES)](file, chance)
    await check_reading(library)
    library.write("late.md", make_document("Late", "The last train has left."))

    try:
        report = await library.index()
    except StoreError:
        await check_reading(library)
        report = await library.index(rebuild=True)

    assert set(report.failed) == set()
    await check_reading(library)
    repaired = await library.index(rebuild=True)
    assert repaired.passages == 5
    contents = await library.contents()
    contents.check()
    assert set(contents.documents) == {"late.md", "tea.md", "travel/ships.md"}
    assert (await library.search(SHIPS, Mode.VECTOR)).passages[0].source.path == "travel/ships.md"
    assert await library.find("ferry", Mode.KEYWORD) == {"travel/ships.md"}


async def check_reading(library: Library) -> None:
    """Every look at the index is right or a StoreError."""
    for mode in Mode:
        with suppress(StoreError):
            assert "travel/ships.md" in await library.find(SHIPS, mode)
    with suppress(StoreError):
        assert (await library.librarian().status()).documents in {2, 3}


async def test_an_index_that_is_deleted_and_made_anew_is_seen(library: Library) -> None:
    await library.index()
    with library.searching() as search:
        assert (await search.search(TEA, scope=EVERYTHING)).passages[0].source.path == "tea.md"
        shutil.rmtree(library.index_folder)
        with pytest.raises(StoreError):
            await search.search(TEA, scope=EVERYTHING)
        library.write("tea.md", make_document("Tea", "Rooibos is red."))
        await library.index()
        for mode in Mode:
            found = await search.search("Rooibos red", scope=EVERYTHING, mode=mode)
            assert found.passages[0].source.path == "tea.md"
            assert "Rooibos" in found.passages[0].text


async def test_no_index(library: Library) -> None:
    with pytest.raises(IndexMissing, match="no index") as caught:
        await library.search("anything")
    assert "openbook index" in caught.value.remedy
