"""Index runs that are killed at any moment, and readers that search all the while.

Every passage names the edition of the folder that it comes from, so that a mixture would show.
"""

import asyncio
import random
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import IndexMissing
from bot.nouns import EVERYTHING, Mode
from bot.reports import IndexReport, Progress
from tests.index_child import Run, finish, start
from tests.libraries import Contents, Library, make_document

FILES = 12
PARTS = 8  # in all more passages than are left out of the indices
# Stages of a run, and the seconds within which it is killed after it has told of one.
MOMENTS = {
    "begun": 0.3,
    "reading": 0.6,
    "embedding": 0.06,
    "embedded": 0.06,
    "writing": 0.25,
}
EDITION = re.compile(r"[Ee]dition (\d+)")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def write_edition(library: Library, number: int) -> None:
    """Every file has this edition, and one file is in no other."""
    shutil.rmtree(library.root)
    for file in range(FILES):
        sentences = [f"Edition {number} of part {part} in file {file}." for part in range(PARTS)]
        constant = f"What file {file} says always."
        library.write(f"{file}.md", make_document(f"File {file}", constant, *sentences))
    library.write(f"only {number}.md", make_document("Only", f"Edition {number} alone."))


def list_paths(number: int) -> set[str]:
    return {f"{file}.md" for file in range(FILES)} | {f"only {number}.md"}


def find_editions(texts: list[str]) -> set[int]:
    return {int(number) for text in texts for number in EDITION.findall(text)}


async def read_edition(library: Library) -> int | None:
    """Which edition readers see; checks that it is whole and that each search works."""
    try:
        contents = await library.contents()
    except AssertionError:
        with pytest.raises(IndexMissing):
            await library.search("anything")
        return None
    contents.check()
    texts = [row["text"] for row in contents.passages.values()]
    (edition,) = find_editions(texts)
    assert set(contents.documents) == list_paths(edition)
    assert len(texts) == FILES * (PARTS + 1) + 1
    for mode in Mode:
        result = await library.search(f"edition {edition} of part 3 in file 7", mode, 50)
        assert find_editions([one.text for one in result.passages]) == {edition}
    return edition


@dataclass(frozen=True)
class Moment:
    stage: str
    seconds: float


def kill_at(run: Run, moment: Moment) -> bool:
    """Starts a run and kills it; whether it had told of its end."""
    process, receiver = start(run)
    stages = ["begun"]
    finished = False
    try:
        while moment.stage not in stages:
            report = receiver.recv()
            if not isinstance(report, Progress):
                finished = True
                break
            stages.append(report.stage)
            if stages[-2:] == ["embedding", "embedding"]:
                stages.append("embedded")
        time.sleep(moment.seconds)
    finally:
        process.kill()
        process.join(30)
        receiver.close()
    return finished


def plan_kills(seed: int, count: int) -> list[Moment]:
    chance = random.Random(seed)
    stages = [list(MOMENTS)[number % len(MOMENTS)] for number in range(count)]
    chance.shuffle(stages)
    return [Moment(stage, chance.uniform(0, MOMENTS[stage])) for stage in stages]


async def test_a_run_killed_at_any_moment_leaves_the_old_index_or_the_new(
    library: Library,
) -> None:
    chance = random.Random(7)
    visible: int | None = None
    edition = 0
    write_edition(library, edition)
    for moment in plan_kills(seed=11, count=12):
        rebuild = chance.random() < 0.2
        run = Run(library.place, delay=0.1, rebuild=rebuild)

        await asyncio.to_thread(kill_at, run, moment)

        seen = await read_edition(library)
        assert seen in {visible, edition}, moment
        visible = seen
        # The next run may find the folder as it was published, as it is, or changed again.
        match chance.randrange(3):
            case 0 if visible is not None:
                edition = visible
            case 1:
                edition += 1
        write_edition(library, edition)

    report = await library.index()

    assert report.failed == {}
    assert await read_edition(library) == edition
    await compare_with_fresh(library)
    assert (await library.index()).version_after == report.version_after


async def compare_with_fresh(library: Library) -> None:
    """The index holds what an index made now of the same folder holds, to the last number."""
    fresh = Library(library.place / "fresh")
    shutil.copytree(library.root, fresh.root, dirs_exist_ok=True)
    await fresh.index()
    found, expected = await library.contents(), await fresh.contents()
    assert found.documents == expected.documents
    assert found.passages == expected.passages
    assert isinstance(found, Contents)
    assert all(len(row["vector"]) == 64 for row in found.passages.values())


async def test_a_reader_sees_one_edition_at_a_time(library: Library) -> None:
    write_edition(library, 0)
    await library.index()
    running = True
    seen: list[int] = []

    async def read() -> None:
        with library.searching() as search:
            for mode in (mode for _ in iter(int, 1) for mode in (Mode.HYBRID, Mode.KEYWORD)):
                last = not running  # begun after the last run, so that it sees its edition
                result = await search.search(
                    "edition of part 3 in file 7", scope=EVERYTHING, mode=mode, limit=50
                )
                (edition,) = find_editions([one.text for one in result.passages])
                seen.append(edition)
                if last:
                    return

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        for edition in (1, 2, 3):
            write_edition(library, edition)
            report = await finish(Run(library.place, delay=0.1, rebuild=edition == 2))
            assert isinstance(report, IndexReport)
        running = False

    assert seen == sorted(seen)
    assert set(seen) == {0, 1, 2, 3}
