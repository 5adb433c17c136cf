"""The command `openbook` on real folders: what it prints where, and with which exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from typer.testing import CliRunner, Result

from bot.cli.app import app

ENVIRONMENT = {"OPENBOOK_EMBEDDER": "none", "LANG": "C.UTF-8"}
SHIPPING = """# Shipping

## Times

Parcels ordered before noon leave the same day.

## Fees

Shipping to Iceland costs 17 euros.
"""
RETURNS = """# 退货

收到货物后七天内可以无理由退货，运费由我们承担。
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands run: with documents, without an index."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "knowledge" / "shop").mkdir(parents=True)
    (tmp_path / "knowledge" / "shop" / "shipping.md").write_text(SHIPPING, encoding="utf-8")
    (tmp_path / "knowledge" / "退货.md").write_text(RETURNS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def indexed(folder: Path) -> Path:
    assert run("index").exit_code == 0
    return folder


def run(*arguments: str, typed: str | None = None) -> Result:
    """In this process, without a terminal."""
    return CliRunner().invoke(app, arguments, input=typed)


def run_json(*arguments: str) -> Any:  # noqa: ANN401  (JSON)
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def start(*arguments: str, stdout: int | BinaryIO = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """The real command, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def assert_refused(result: Result, *words: str) -> None:
    """Two lines, nothing on standard output, exit code 1, no traceback."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "unexpected" not in result.stderr
    assert 1 < result.stderr.count("\n") <= 4, result.stderr
    for word in words:
        assert word in result.stderr


# What the commands do.


def test_index_reports_what_it_did(folder: Path) -> None:
    first = run_json("index")
    assert first["added"] == ["shop/shipping.md", "退货.md"]
    assert first["passages"] > 1
    assert first["failed"] == {}

    (folder / "knowledge" / "shop" / "shipping.md").write_text("# Other\n\nWords.\n")
    (folder / "knowledge" / "new.md").write_text("# New\n\nMore words.\n")
    planned = run("index", "--dry-run").stdout
    assert "Added: 1\n  new.md\n" in planned
    assert "nothing has been changed" in planned
    report = run("index").stdout
    assert "Added: 1\n  new.md\n" in report
    assert "Changed: 1\n  shop/shipping.md\n" in report
    assert "Unchanged: 1\n" in report
    assert "Nothing has changed. Files: 3" in run("index").stdout


def test_one_bad_file_costs_one_line(folder: Path) -> None:
    (folder / "knowledge" / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")

    result = run("index")
    assert result.exit_code == 0
    assert "Could not be read:\n  broken.pdf: " in result.stdout
    assert "broken.pdf" in run("status").stdout
    assert list(run_json("status")["failed"]) == ["broken.pdf"]


def test_nothing_readable_is_a_failure(folder: Path) -> None:
    for path in (folder / "knowledge").rglob("*.md"):
        path.unlink()
    (folder / "knowledge" / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")

    assert run("index").exit_code == 1


def test_much_is_deleted_only_when_agreed(indexed: Path) -> None:
    (indexed / "knowledge" / "shop" / "shipping.md").unlink()

    assert_refused(run("index"), "--yes")
    assert run_json("status")["documents"] == 2
    result = run("index", "--yes")
    assert "Removed: 1\n  shop/shipping.md\n" in result.stdout
    assert run_json("status")["documents"] == 1


def test_search_shows_ranks_scores_and_why(indexed: Path) -> None:
    found = run_json("search", "Iceland", "--mode", "keyword", "--limit", "1")
    assert len(found) == 1
    assert list(found[0]) == [
        *("rank", "score", "path", "title", "heading", "page", "text", "found_by")
    ]
    assert (found[0]["rank"], found[0]["path"]) == (1, "shop/shipping.md")
    assert found[0]["title"] == "Shipping"
    assert found[0]["heading"] == "Shipping"
    assert found[0]["found_by"]["keyword"] == 1
    assert "17 euros" in found[0]["text"]

    shown = run("search", "退货", "运费").stdout
    assert "退货.md" in shown
    assert "keyword 1" in shown


def test_ask_cites_its_sources(indexed: Path) -> None:
    answer = run_json("ask", "How much does shipping to Iceland cost?")
    assert list(answer) == ["answer", "outcome", "citations", "passages", "usage"]
    assert answer["outcome"] == "answered"
    assert "17 euros" in answer["answer"]
    citation = answer["citations"][0]
    assert list(citation) == ["number", "path", "title", "heading", "page", "quote"]
    assert (citation["number"], citation["path"]) == (1, "shop/shipping.md")
    assert "17 euros" in citation["quote"]
    assert answer["passages"][0]["rank"] == 1
    assert answer["usage"]["price"] == 0

    shown = run("ask", "退货的运费由谁承担？").stdout
    assert "出处\n[1] 退货.md" in shown


def test_ask_says_when_the_documents_are_silent(indexed: Path) -> None:
    result = run("ask", "Who composed the opera Turandot?", "--json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["outcome"] == "not_found"


def test_status_tells_what_is_indexed(indexed: Path) -> None:
    status = run_json("status")
    assert status["documents"] == 2
    assert status["embedder"] == "none"
    assert status["knowledge"] == "knowledge"
    assert "Documents: 2, passages: 2" in run("status").stdout


def test_eval_prints_figures_and_details(indexed: Path) -> None:
    questions = indexed / "questions.jsonl"
    questions.write_text(
        '{"question": "shipping to Iceland", "answerable": true,'
        ' "expect": [{"path": "shop/shipping.md", "text": "17 euros"}]}\n'
        '{"question": "Turandot opera composer", "answerable": false, "expect": []}\n'
    )
    arguments = ("eval", str(questions), "--mode", "keyword", "--details", "details.jsonl")

    figures = run_json(*arguments)
    assert list(figures) == [
        *("mode", "questions", "recall@1", "recall@5", "recall@10", "all@5", "all@10", "mrr@10"),
        *("milliseconds", "refusal"),
    ]
    assert (figures["mode"], figures["questions"], figures["recall@1"]) == ("keyword", 2, 1.0)
    assert set(figures["refusal"]) == {
        *("auc", "threshold", "refused_right", "refused_wrong", "answerable", "unanswerable")
    }
    lines = [json.loads(line) for line in (indexed / "details.jsonl").read_text().splitlines()]
    assert [line["question"] for line in lines] == [
        "shipping to Iceland",
        "Turandot opera composer",
    ]
    assert set(lines[0]) == {"question", "passages", "seconds", "outcome"}
    assert "recall@10" in run(*arguments).stdout


def test_chat_answers_piped_questions(indexed: Path) -> None:
    result = run("chat", typed="How much does shipping to Iceland cost?\n/sources\n")

    assert result.exit_code == 0
    assert result.stdout.count("[1] shop/shipping.md › Shipping") == 2
    assert ">" not in result.stdout


def test_doctor_is_content(indexed: Path) -> None:
    result = run("doctor")

    assert result.exit_code == 0, result.stdout
    names = ("settings", "documents", "index", "embedder", "model", "tokens", "terminal")
    assert all(f" {name}: " in result.stdout for name in names)


# What bad input gets.


def test_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "none")

    assert_refused(run("index"), "knowledge")
    assert run("doctor").exit_code == 1


def test_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "none")
    (tmp_path / "knowledge").mkdir()

    assert_refused(run("index"), "knowledge")


@pytest.mark.parametrize(
    "arguments",
    [("ask", "Why?"), ("search", "why"), ("status",), ("chat",), ("ask", "?", "--json")],
)
def test_no_index(folder: Path, arguments: tuple[str, ...]) -> None:
    assert_refused(run(*arguments), "openbook index")


def test_bad_settings_are_all_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "best")
    monkeypatch.setenv("OPENBOOK_ANSWER_TOKENS", "many")

    assert_refused(run("search", "x"), "OPENBOOK_EMBEDDER", "OPENBOOK_ANSWER_TOKENS", ".env")
    result = run("doctor")
    assert result.exit_code == 1
    assert "OPENBOOK_EMBEDDER" in result.stdout


@pytest.mark.parametrize("question", ["", "  ", "why " * 25_000])
def test_question_of_no_or_too_many_characters(indexed: Path, question: str) -> None:
    assert_refused(run("search", question))
    result = run("ask", question)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert len(result.output) < 1000


def test_bad_question_file_line_is_named(indexed: Path) -> None:
    (indexed / "questions.jsonl").write_text('{"question": "fine"}\n{"question": 1}\n')

    assert_refused(run("eval", "questions.jsonl"), "line 2")
    assert_refused(run("eval", "missing.jsonl"), "missing.jsonl")
    assert_refused(run("eval", "questions.jsonl", "--details", "no/such/folder/d"), "line 2")


@pytest.mark.parametrize(
    "arguments",
    [
        ("serch", "x"),
        ("search",),
        ("search", "x", "--mode", "magic"),
        ("search", "x", "--limit", "0"),
        ("index", "--watch", "--json"),
        ("eval",),
    ],
)
def test_bad_usage(folder: Path, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error" in result.stderr


# What only a process of its own can show.


def test_help_is_shown_without_loading_anything() -> None:
    code = (
        "import sys, bot.cli.app as cli; sys.argv = ['openbook', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'lancedb', 'numpy', 'openai', 'pydantic', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "Commands:" in done.stdout
    assert done.stdout.endswith("[]\n")


def test_json_is_alone_on_standard_output_whatever_the_encoding(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    process = start("--debug", "ask", "退货的运费由谁承担？", "--json")
    output, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors.decode()
    assert "退货" in json.loads(output)["answer"]


def test_closed_pipe_ends_quietly(indexed: Path) -> None:
    process = start("search", "shipping")
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    errors = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=60) == 141
    assert errors == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_full_disk_is_said(indexed: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = start("search", "shipping", stdout=full)
        errors = process.communicate(timeout=60)[1].decode()

    assert process.returncode == 1
    assert "The disk is full." in errors
    assert "Traceback" not in errors


@pytest.fixture
def watching(indexed: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start("index", "--watch")
    yield process
    process.kill()
    process.communicate()


def test_watch_follows_the_folder_until_interrupted(
    indexed: Path, watching: subprocess.Popen[bytes]
) -> None:
    assert watching.stderr
    assert watching.stdout
    assert watching.stderr.readline().startswith(b"Following knowledge.")
    (indexed / "knowledge" / "new.md").write_text("# New\n\nMore words.\n")
    lines = iter(watching.stdout.readline, b"")
    assert any(b"new.md" in line for line in lines)

    watching.send_signal(2)
    assert watching.wait(timeout=30) == 130
    assert b"Traceback" not in watching.stderr.read()
