"""Openbook beside LlamaIndex, LangChain with Chroma, Haystack and txtai.

    python -m tests.benchmarks.peers SET [--embedder local|e5] [--only NAME ...] [--runs 3]

SET is a folder with `docs/` (Markdown) and `questions.jsonl`. Each framework reads and splits the
folder in its own way, stores it, brings its index up to date after one file has changed, and
searches; what it does is in `tests/benchmarks/peer_programs`. All have the same vectors: Openbook's
embedder makes them beforehand, and they are handed over in a file, so that no time is that of an
embedder and no model is loaded. A passage counts as right when it is of the expected file and holds
the expected text.

Every framework has an environment of its own in the user's cache folder, made at the first run
(txtai's takes several GB, for it needs torch). One that cannot be installed or run says why.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from bot.evaluation import Measured, mean_reciprocal_rank, recall
from bot.models.embedding import build_embedder
from bot.nouns import Evidence, Passage, Source
from bot.question_file import EvalQuestion, read_questions
from bot.settings import Settings
from tests.benchmarks.figures import milliseconds, print_table

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).with_name("peer_programs")
ENVIRONMENTS = Path.home() / ".cache" / "openbook-benchmarks"
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "PYTHONWARNINGS": "ignore",
}
COLUMNS = [
    *("", "passages", "search", "recall@1", "recall@5", "MRR@10", "ms p50 / p95"),
    *("index s", "again s", "MB"),
]
VECTORS = "vectors.npy"
ADDED = "\n\n## Added\n\nThis paragraph stands here since the index was made.\n"


@dataclass(frozen=True, slots=True)
class Contestant:
    """`packages` are those of its environment; Openbook has this one."""

    name: str
    program: str
    packages: tuple[str, ...] = ()


CONTESTANTS = (
    Contestant("Openbook", "openbook_peer"),
    Contestant(
        "LlamaIndex",
        "llamaindex_peer",
        ("llama-index-core==0.14.*", "llama-index-retrievers-bm25==0.8.*"),
    ),
    Contestant(
        "LangChain, Chroma",
        "langchain_peer",
        (
            *("langchain-chroma==1.*", "langchain-text-splitters==1.*", "langchain-classic==1.*"),
            *("langchain-community==0.4.*", "rank-bm25==0.2.*", "greenlet"),
        ),
    ),
    Contestant("Haystack", "haystack_peer", ("haystack-ai==3.*",)),
    Contestant("txtai", "txtai_peer", ("txtai==9.*",)),
)


@dataclass(frozen=True, slots=True)
class Task:
    """A folder of Markdown, what is asked of it, by whose vectors, and how often it is indexed."""

    documents: Path
    questions: list[EvalQuestion]
    embedder: str
    runs: int


class Failed(Exception):
    """What the last line of a program that failed says."""


def prepare(contestant: Contestant) -> list[str]:
    """The command that runs its program; its environment is made if it is not there. Raises
    Failed."""
    if not contestant.packages:
        return [sys.executable, "-m", f"tests.benchmarks.peer_programs.{contestant.program}"]
    folder = ENVIRONMENTS / contestant.program
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        print(f"Installing {contestant.name} in {folder} ...", file=sys.stderr)
        call([sys.executable, "-m", "venv", "--clear", str(folder)])
        call([str(python), "-m", "pip", "install", "--quiet", *contestant.packages])
        ready.touch()
    return [str(python), str(PROGRAMS / f"{contestant.program}.py")]


def call(command: Sequence[str]) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | OFFLINE,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["it ended without a word"])[-1][:200])
    return done.stdout


def embed(texts: Sequence[str], questions: Sequence[str], embedder_name: str, work: Path) -> None:
    """Into files as `harness.Vectors` reads them."""
    embedder = build_embedder(Settings.model_validate({"OPENBOOK_EMBEDDER": embedder_name}))
    assert embedder is not None

    async def embed_all() -> list[numpy.ndarray[Any, Any]]:
        asked = [await embedder.embed_query(question) for question in questions]
        return [*asked, *await embedder.embed_passages(texts)]

    numpy.save(work / VECTORS, numpy.array(asyncio.run(embed_all()), numpy.float32))
    known = {"embedder": embedder.identity, "texts": [*questions, *texts]}
    (work / VECTORS).with_suffix(".json").write_text(json.dumps(known), encoding="utf-8")


def measure(contestant: Contestant, task: Task) -> Iterator[Sequence[str]]:
    """Its rows of the table. Raises Failed."""
    command = prepare(contestant)
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        shutil.copytree(task.documents, work / "docs")
        changed = min((work / "docs").rglob("*.md"))
        before, after = changed.read_bytes(), changed.read_bytes() + ADDED.encode()
        texts: dict[str, None] = {}
        for content in (after, before):
            changed.write_bytes(content)
            texts |= dict.fromkeys(_list_texts(command, work))
        asked = [question.text.strip() for question in task.questions]
        embed([text for text in texts if text not in asked], asked, task.embedder, work)
        first = [_index(command, work)]
        results = _search(command, work, asked)
        again = []
        for run in range(task.runs):
            if run:
                shutil.rmtree(work / "store")
                changed.write_bytes(before)
                first.append(_index(command, work))
            changed.write_bytes(after)
            again.append(_index(command, work))
    seconds = [statistics.median(one["seconds"] for one in runs) for runs in (first, again)]
    start = [contestant.name, f"{first[0]['passages']:,.0f}"]
    end = [*(f"{one:.2f}" for one in seconds), f"{results['megabytes']:.0f}"]
    for mode, answers in results["answers"].items():
        yield [*start, mode, *_judge(task.questions, answers), *end]
        start, end = ["", ""], ["", "", ""]


def _list_texts(command: list[str], work: Path) -> list[str]:
    call([*command, "texts", str(work / "docs"), str(work / "texts.json")])
    texts: list[str] = json.loads((work / "texts.json").read_text(encoding="utf-8"))
    return texts


def _index(command: list[str], work: Path) -> Mapping[str, float]:
    places = map(str, (work / "docs", work / "store", work / VECTORS))
    figures: Mapping[str, float] = json.loads(call([*command, "index", *places]).splitlines()[-1])
    return figures


def _search(command: list[str], work: Path, questions: list[str]) -> Mapping[str, Any]:
    (work / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    places = (work / "store", work / VECTORS, work / "questions.json", work / "found.json")
    call([*command, "search", *map(str, places)])
    results: Mapping[str, Any] = json.loads((work / "found.json").read_text(encoding="utf-8"))
    return results


def _judge(questions: list[EvalQuestion], answers: list[dict[str, Any]]) -> list[str]:
    measured = [
        Measured(
            question,
            tuple(_make_passage(*found) for found in answer["found"]),
            Evidence(1, 0),
            answer["seconds"],
        )
        for question, answer in zip(questions, answers, strict=True)
    ]
    figures = (recall(measured, 1), recall(measured, 5), mean_reciprocal_rank(measured, 10))
    return [
        *("" if figure is None else f"{figure:.4f}" for figure in figures),
        milliseconds([one.seconds for one in measured]),
    ]


def _make_passage(path: str, text: str) -> Passage:
    return Passage("", text, Source(path, "", (), None, 0, len(text)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--embedder", default="local", choices=["local", "e5"])
    parser.add_argument("--only", nargs="+", choices=[one.name for one in CONTESTANTS])
    parser.add_argument("--questions", type=int, help="only so many of them")
    parser.add_argument("--runs", type=int, default=3, help="of indexing; medians are shown")
    chosen = parser.parse_args()
    questions = read_questions(chosen.set / "questions.jsonl")[: chosen.questions]
    task = Task(chosen.set / "docs", questions, chosen.embedder, chosen.runs)
    rows: list[Sequence[str]] = []
    reasons = []
    for contestant in CONTESTANTS:
        if chosen.only and contestant.name not in chosen.only:
            continue
        try:
            rows += measure(contestant, task)
        except Failed as error:
            rows.append([contestant.name, "failed", *[""] * (len(COLUMNS) - 2)])
            reasons.append(f"{contestant.name} failed: {error}")
    title = f"{chosen.set.name}, {len(questions):,} questions, vectors of {chosen.embedder}"
    print_table(title, COLUMNS, rows)
    print(*reasons, sep="\n")


if __name__ == "__main__":
    main()
