"""The comparison with other frameworks, as far as it needs none of them: Openbook's own part."""

import json
from pathlib import Path

import numpy
import pytest

from bot.question_file import EvalQuestion, Expected
from tests.benchmarks.peer_programs.harness import Vectors
from tests.benchmarks.peers import COLUMNS, CONTESTANTS, Contestant, Failed, Task, measure
from tests.libraries import make_document

OPENBOOK = CONTESTANTS[0]


@pytest.fixture
def task(tmp_path: Path) -> Task:
    folder = tmp_path / "docs" / "shop"
    folder.mkdir(parents=True)
    for name, sentence in (
        ("tea", "Green tea is brewed for two minutes."),
        ("rail", "The night train leaves from platform nine."),
    ):
        (folder / f"{name}.md").write_text(make_document(name, sentence), encoding="utf-8")
    questions = [
        EvalQuestion("How long is tea brewed?", (Expected("shop/tea.md", "two"),), answerable=True),
        EvalQuestion("Which platform?", (Expected("shop/rail.md", "nine"),), answerable=True),
    ]
    return Task(tmp_path / "docs", questions, "local", 1)


def test_openbook_is_measured_like_the_others(task: Task) -> None:
    before = {path: path.read_bytes() for path in task.documents.rglob("*.md")}
    vector, hybrid = measure(OPENBOOK, task)
    assert len(vector) == len(hybrid) == len(COLUMNS)
    assert vector[:6] == ["Openbook", "2", "vector", "1.0000", "1.0000", "1.0000"]
    assert hybrid[:6] == ["", "", "hybrid", "1.0000", "1.0000", "1.0000"]
    assert all(float(figure) > 0 for figure in vector[-3:])
    assert {path: path.read_bytes() for path in task.documents.rglob("*.md")} == before


def test_what_cannot_run_says_why(task: Task) -> None:
    with pytest.raises(Failed, match="nothing_peer"):
        list(measure(Contestant("Nothing", "nothing_peer"), task))


def test_vectors_are_found_by_their_text(tmp_path: Path) -> None:
    numpy.save(tmp_path / "v.npy", numpy.eye(2, dtype=numpy.float32))
    (tmp_path / "v.json").write_text(json.dumps({"embedder": "e", "texts": ["a", "b"]}))
    vectors = Vectors(str(tmp_path / "v.npy"))
    assert (vectors.name, vectors.dimensions, vectors.find("b")) == ("e", 2, [0.0, 1.0])
    with pytest.raises(KeyError):
        vectors.find("c")
