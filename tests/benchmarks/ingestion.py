"""Reading and splitting a folder of Markdown, without embedding, beside LlamaIndex.

    python -m tests.benchmarks.ingestion [FOLDER] [--runs 3]

Without a folder one is made up: English and Chinese, with headings, lists, tables and code. Every
run is a process of its own that measures itself after its imports; the contestants take turns.
LlamaIndex (SimpleDirectoryReader, MarkdownNodeParser, SentenceSplitter) is installed in an
environment of its own in the user's cache folder, unless `--llamaindex-python` names one.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bot.indexing.parser_process import read_document
from bot.indexing.reading import Reader
from tests.benchmarks.figures import print_table
from tests.benchmarks.synthetic import SyntheticText

ENVIRONMENT = Path.home() / ".cache" / "openbook-benchmarks" / "llamaindex"
PACKAGES = ("llama-index-core==0.14.*", "llama-index-readers-file==0.7.*")
PROGRAM = Path(__file__).with_name("llamaindex_ingestion.py")
WORKERS = 2

Figures = Mapping[str, float]


def write_folder(root: Path, megabytes: float) -> None:
    text, dice = SyntheticText(11), random.Random(11)
    left, number = megabytes * 1e6, 0
    while left > 0:
        content = "".join(_write_document(text, dice, chinese=number % 2 == 0))
        path = root / f"{number // 50:03}" / f"{number:05}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        left -= len(content.encode())
        number += 1


def _write_document(text: SyntheticText, dice: random.Random, *, chinese: bool) -> Iterator[str]:
    def write() -> str:
        # SyntheticText makes every fourth passage Chinese.
        return _add_stops(text.passage(0 if chinese else 1), dice, chinese=chinese)

    yield f"# {write()[:30]}\n\n"
    for _ in range(dice.randint(4, 16)):
        yield f"{dice.choice(['##', '##', '###'])} {write()[:24]}\n\n"
        yield from (f"{write()}\n\n" for _ in range(dice.randint(1, 5)))
        if dice.random() < 0.3:
            yield from (f"- {write()[:80]}\n" for _ in range(dice.randint(3, 8)))
            yield "\n"
        if dice.random() < 0.15:
            yield "| key | value |\n|-----|-------|\n"
            yield from (f"| {row} | {write()[:20]} |\n" for row in range(dice.randint(3, 30)))
            yield "\n"
        if dice.random() < 0.1:
            yield f"```python\n# {write()[:40]}\nprint('example')\n```\n\n"


def _add_stops(words: str, dice: random.Random, *, chinese: bool) -> str:
    items = list(words) if chinese else words.split()
    sentences = []
    while items:
        length = dice.randint(8, 30)
        sentence, items = items[:length], items[length:]
        sentences.append("".join(sentence) if chinese else " ".join(sentence).capitalize())
    return "。".join(sentences) + "。" if chinese else ". ".join(sentences) + "."


def find_files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.md"))


def read_alone(root: Path) -> int:
    """In this process, as a child of the Reader does it. Returns the number of passages."""
    return sum(len(read_document(root, path)[1]) for path in find_files(root))


def read_pooled(root: Path) -> int:
    async def read() -> int:
        async with Reader(root, workers=WORKERS) as reader:
            results = await asyncio.gather(*map(reader.read, find_files(root)))
        return sum(len(passages) for _, passages in results)

    return asyncio.run(read())


WAYS: Mapping[str, Callable[[Path], int]] = {"alone": read_alone, "pooled": read_pooled}


def work(root: Path, way: str) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    passages = WAYS[way](root)
    figures = {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "passages": passages,
    }
    print(json.dumps(figures))


def prepare_llamaindex() -> str:
    """The Python of an environment with LlamaIndex, made at the first call."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        print(f"Installing LlamaIndex in {ENVIRONMENT} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return str(python)


def measure(root: Path, runs: int, llamaindex_python: str) -> None:
    own = [sys.executable, "-m", "tests.benchmarks.ingestion", str(root), "--way"]
    other = [llamaindex_python, str(PROGRAM), str(root)]
    contestants = {
        "Openbook, one process": [*own, "alone"],
        f"Openbook, pool of {WORKERS} processes": [*own, "pooled"],
        "LlamaIndex as it comes (tiktoken)": [*other, "tiktoken"],
        "LlamaIndex counting words": [*other, "words"],
    }
    results: dict[str, list[Figures]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, command in contestants.items():
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            results[name].append(json.loads(done.stdout.splitlines()[-1]))
    paths = find_files(root)
    megabytes = sum((root / path).stat().st_size for path in paths) / 1e6
    first = next(iter(contestants))
    print_table(
        f"{megabytes:.1f} MB of Markdown in {len(paths):,} files, medians of {runs} runs",
        ["", "MB/s", "MB/s of CPU time", "passages", f"{first} is faster by"],
        [_row(name, megabytes, results[name], results[first]) for name in contestants],
    )


def _row(
    name: str, megabytes: float, runs: list[Figures], first: list[Figures]
) -> tuple[str, str, str, str, str]:
    def median(figures: list[Figures], key: str) -> float:
        return statistics.median(one[key] for one in figures)

    seconds = median(runs, "seconds")
    # A pool's own process does not spend the time of its children.
    pooled = name.startswith("Openbook, pool")
    return (
        name,
        f"{megabytes / seconds:.2f}",
        "-" if pooled else f"{megabytes / median(runs, 'cpu'):.2f}",
        f"{median(runs, 'passages'):,.0f}",
        f"{seconds / median(first, 'seconds'):.2f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--megabytes", type=float, default=10, help="size of the made-up folder")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--llamaindex-python", help="a Python that has LlamaIndex")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.way:
        work(chosen.folder, chosen.way)
        return
    python = chosen.llamaindex_python or prepare_llamaindex()
    if chosen.folder:
        measure(chosen.folder, chosen.runs, python)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), chosen.megabytes)
        measure(Path(folder), chosen.runs, python)


if __name__ == "__main__":
    main()
