"""What bad input gets: a clear sentence with what to do, and an exit code that is not 0."""

import json
from pathlib import Path

import pytest

from tests.cli.running import assert_refused, run, start
from tests.peers.openai import OpenAIPeer

QUESTION = "How much does shipping to Iceland cost?"


def test_serve_refuses_an_index_of_another_folder(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (indexed / "other").mkdir()
    monkeypatch.setenv("OPENBOOK_KNOWLEDGE", "other")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123456:none")
    assert_refused(run("serve"), "OPENBOOK_KNOWLEDGE", "knowledge", "other")


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
    assert_refused(run("eval", "missing.jsonl"), "missing.jsonl cannot be read: No such")
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


# What a model server that does not answer gets: the documents' own words, the reason, exit code 1.


def test_wrong_key(indexed: Path, peer: OpenAIPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    process = start("ask", QUESTION)
    output, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "17 euros" in output.decode()
    assert "Correct OPENAI_API_KEY" in errors.decode()
    assert "sk-wrong" not in output.decode() + errors.decode()


def test_wrong_key_of_the_embedder(
    folder: Path, peer: OpenAIPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")

    assert_refused(run("index"), "OPENAI_API_KEY")


def test_unknown_model(indexed: Path, peer: OpenAIPeer) -> None:
    peer.models = ("another",)
    result = run("ask", QUESTION, "--json")

    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer["outcome"] == "passages_only"
    assert "17 euros" in answer["answer"]
    assert answer["citations"]


def test_wrong_address(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")

    assert run("ask", QUESTION).exit_code == 1
    assert run("chat", typed=f"{QUESTION}\n").exit_code == 1
