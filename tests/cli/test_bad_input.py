"""What bad input gets: a clear sentence with what to do, and an exit code that is not 0."""

from pathlib import Path

import pytest

from tests.cli.running import assert_refused, run


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
