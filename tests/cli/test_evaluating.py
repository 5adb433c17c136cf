"""`openbook eval` on real folders: figures, details, comparison, plot, feedback."""

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.ledger.opening import open_ledger
from bot.nouns import Answer, Citation, Kept, Mode, Outcome, Passage, Source
from bot.question_file import EvalQuestion, Expected, read_questions
from tests.cli.running import assert_refused, run, run_json
from tests.peers.openai import OpenAIPeer

KEYS = [
    *("mode", "questions", "recall@1", "recall@5", "recall@10", "all@5", "all@10", "mrr@10"),
    *("milliseconds", "refusal"),
]


@pytest.fixture
def questions(indexed: Path) -> Path:
    file = indexed / "questions.jsonl"
    file.write_text(
        '{"question": "shipping to Iceland", "answerable": true,'
        ' "expect": [{"path": "shop/shipping.md", "text": "17 euros"}]}\n'
        '{"question": "Turandot opera composer", "answerable": false, "expect": []}\n'
    )
    return file


def read_lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_one_mode_gives_one_object(questions: Path) -> None:
    arguments = ("eval", str(questions), "--mode", "keyword", "--details", "details.jsonl")

    figures = run_json(*arguments)
    assert list(figures) == KEYS
    assert (figures["mode"], figures["questions"], figures["recall@1"]) == ("keyword", 2, 1.0)
    assert set(figures["refusal"]) == {
        *("auc", "threshold", "answered_right", "refused_right", "refused_wrong"),
        *("answerable", "unanswerable"),
    }
    lines = read_lines(questions.parent / "details.jsonl")
    assert [line["question"] for line in lines] == [
        "shipping to Iceland",
        "Turandot opera composer",
    ]
    assert set(lines[0]) == {"question", "passages", "seconds", "outcome"}
    shown = run(*arguments).stdout
    assert "recall@10" in shown
    assert "answered rightly, of 1" in shown


def test_all_modes_stand_side_by_side(questions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "local")
    assert run("index").exit_code == 0
    modes = [mode.value for mode in Mode if mode is not Mode.FUSED]

    runs = run_json("eval", str(questions), "--details", "details.jsonl")
    assert [list(figures) for figures in runs] == [KEYS] * len(modes)
    assert [figures["mode"] for figures in runs] == modes
    lines = read_lines(questions.parent / "details.jsonl")
    assert [line["mode"] for line in lines] == [mode for mode in modes for _ in range(2)]
    header = run("eval", str(questions)).stdout.splitlines()[0]
    assert header.split() == ["mode", *modes]

    chosen = ("--mode", "hybrid", "--mode", "keyword", "--mode", "hybrid")
    assert [one["mode"] for one in run_json("eval", str(questions), *chosen)] == [
        "hybrid",
        "keyword",
    ]


def test_without_an_embedder_vector_search_is_left_out(questions: Path) -> None:
    result = run("eval", str(questions), "--json")
    assert [one["mode"] for one in json.loads(result.stdout)] == [
        mode.value for mode in Mode if mode not in (Mode.VECTOR, Mode.FUSED)
    ]
    assert "OPENBOOK_EMBEDDER" in result.stderr
    assert_refused(run("eval", str(questions), "--mode", "vector"), "OPENBOOK_EMBEDDER")


def test_with_a_reranker_hybrid_stands_beside_what_it_is_without(
    questions: Path, peer: OpenAIPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_RERANKER", "reranker-test")
    header = run("eval", str(questions)).stdout.splitlines()[0]
    assert header.split() == ["mode", "keyword", "graph", "fused", "hybrid"]
    assert {request.path for request in peer.requests} == {"/v1/rerank"}
    assert len(peer.requests) == 1  # the other question is refused before


def test_a_run_is_compared_with_an_earlier_one(questions: Path) -> None:
    shipping = questions.parent / "knowledge" / "shop" / "shipping.md"
    before = shipping.read_text()
    assert run("eval", str(questions), "--details", "before.jsonl").exit_code == 0
    compare = ("eval", str(questions), "--mode", "keyword", "--compare", "before.jsonl")
    same = run_json(*compare)["compared"]
    assert same == {"better": [], "worse": [], "same": 2, "new": 0}

    shipping.write_text("# Nothing\n\nNo word of it.\n")
    assert run("index").exit_code == 0
    figures = run_json(*compare)
    assert list(figures) == [*KEYS, "compared"]
    (worse,) = figures["compared"]["worse"]
    assert worse["question"] == "shipping to Iceland"
    assert (worse["before"]["found"], worse["after"]["found"]) == (1.0, 0.0)
    shown = run(*compare).stdout
    assert "worse by keyword\n  shipping to Iceland\n" in shown
    assert "better" in shown

    assert run("eval", str(questions), "--details", "before.jsonl").exit_code == 0
    shipping.write_text(before)
    assert run("index").exit_code == 0
    shown = run("eval", str(questions), "--compare", "before.jsonl").stdout
    assert "better by hybrid\n  shipping to Iceland\n" in shown


def test_what_cannot_be_compared_is_said(questions: Path) -> None:
    assert run("eval", str(questions), "--mode", "keyword", "--details", "d.jsonl").exit_code == 0
    assert_refused(run("eval", str(questions), "--compare", "d.jsonl"), "--mode")
    assert_refused(run("eval", str(questions), "--compare", "none.jsonl"), "none.jsonl")
    assert_refused(run("eval", str(questions), "--compare", str(questions)), "line 1", "--details")


def test_a_plot_is_drawn(questions: Path) -> None:
    assert run("eval", str(questions), "--plot", "chart.svg").exit_code == 0
    chart = (questions.parent / "chart.svg").read_text(encoding="utf-8")
    texts = [one.text for one in ElementTree.fromstring(chart).iter() if one.text]
    assert {"questions.jsonl: 2 questions", "keyword", "hybrid", "recall@5"} <= set(texts)
    assert run("eval", str(questions), "--plot", "chart.png").exit_code == 0
    assert (questions.parent / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert_refused(run("eval", str(questions), "--plot", "chart.gif"), ".svg", ".png")
    assert_refused(run("eval", str(questions), "--plot", "no/chart.png"), "no")


async def keep_answers(address: str) -> None:
    """A good one, one that opinions differ on, and one that nobody has voted on."""
    text = "Shipping to Iceland costs 17 euros."
    passage = Passage("p", text, Source("shop/shipping.md", "Shipping", (), None, 0, len(text)))
    answer = Answer(
        "17 euros [1].", Outcome.ANSWERED, (Citation(1, passage, text),), query="Iceland fee"
    )
    async with open_ledger(address) as ledger:
        for question, ways in (("And there?", "u"), ("Disputed?", "ud"), ("Unread?", "")):
            name = await ledger.archive.keep(Kept(question, answer, "c", "a", "e"), remembered=True)
            for asker, way in enumerate(ways):
                await ledger.archive.vote(name, str(asker), {"u": "up", "d": "down"}[way])


def test_questions_are_made_of_feedback(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"sqlite:///{indexed}/ledger.db"
    monkeypatch.setenv("DATABASE_URL", address)
    asyncio.run(keep_answers(address))
    made = EvalQuestion(
        "Iceland fee",
        (Expected("shop/shipping.md", "Shipping to Iceland costs 17 euros."),),
        answerable=True,
    )

    printed = run("eval", "--from-feedback")
    assert printed.exit_code == 0
    (indexed / "printed.jsonl").write_text(printed.stdout, encoding="utf-8")
    assert read_questions(indexed / "printed.jsonl") == [made]

    written = run("eval", "--from-feedback", "made.jsonl")
    assert "👍: 1" in written.stderr
    assert read_questions(indexed / "made.jsonl") == [made]
    assert_refused(run("eval", "--from-feedback", "made.jsonl"), "made.jsonl")
    assert run_json("eval", "made.jsonl", "--mode", "keyword")["recall@1"] == 1
