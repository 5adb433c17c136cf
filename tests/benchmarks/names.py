"""What the graph costs an index run: the share of the time that goes into finding names.

    python -m tests.benchmarks.names FOLDER [FOLDER ...]

Each folder of documents is indexed without embedding; then the names of all its passages are found
once more and alone. Times are those of the processor, in all processes.
"""

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from bot.indexing.librarian import Librarian
from bot.nouns import Passage
from bot.search.names import mention_names, own_names
from bot.store.published import PublishedIndex
from tests.benchmarks.figures import print_table


async def measure(folder: Path, uri: str) -> tuple[object, ...]:
    started = _processor_seconds()
    report = await Librarian(folder, uri, None).index()
    run = _processor_seconds() - started
    passages = await _read_passages(uri)
    started = _processor_seconds()
    count = sum(len(mention_names(one, own_names(one))) for one in passages)
    names = _processor_seconds() - started
    each = count / len(passages)
    share = f"{names / (run - names):.0%}"
    return folder.name, report.passages, f"{run:.2f}", f"{names:.2f}", share, f"{each:.0f}"


async def _read_passages(uri: str) -> list[Passage]:
    index = PublishedIndex(uri)
    snapshot = await index.snapshot()
    found = [await snapshot.passages_of(one.path) for one in await snapshot.documents()]
    index.close()
    return [passage for passages in found for passage in passages]


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    rows = []
    for folder in parser.parse_args().folders:
        with tempfile.TemporaryDirectory() as place:
            rows.append(asyncio.run(measure(folder, f"{place}/index")))
    columns = ["folder", "passages", "run s", "names s", "added", "names a passage"]
    print_table("index runs without embedding", columns, rows)


if __name__ == "__main__":
    main()
