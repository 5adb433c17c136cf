"""From a folder to a cited answer through a real language model server, as a person runs it.

The model is small: what it writes is not judged, only that its own words arrive, that every mark
is of a passage that was shown to it, and that no link or number is made up on the way.
"""

import json
from pathlib import Path

import pytest

from tests.cli.running import run


@pytest.fixture
def with_model(indexed: Path, llama: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENAI_BASE_URL", llama)
    monkeypatch.setenv("OPENBOOK_CONTEXT_WINDOW", "4096")
    monkeypatch.setenv("OPENBOOK_ANSWER_TOKENS", "64")
    monkeypatch.setenv("OPENBOOK_ANSWER_SECONDS", "120")
    return indexed


@pytest.mark.parametrize("question", ["What does shipping to Iceland cost?", "几天内可以退货？"])
def test_ask(with_model: Path, question: str) -> None:
    result = run("ask", question, "--json")
    answer = json.loads(result.stdout)
    assert answer["outcome"] in {"answered", "not_found", "passages_only"}
    assert (
        result.exit_code == {"answered": 0, "not_found": 3, "passages_only": 1}[answer["outcome"]]
    )
    assert answer["answer"]
    assert answer["usage"]["prompt_tokens"] > 100
    assert answer["usage"]["completion_tokens"] > 0
    for citation in answer["citations"]:
        passage = answer["passages"][citation["number"] - 1]
        assert passage["path"] == citation["path"]
        assert citation["quote"] in passage["text"]


def test_chat_understands_a_follow_up(with_model: Path) -> None:
    result = run("chat", typed="What does shipping to Iceland cost?\nAnd when do parcels leave?\n")
    assert "Traceback" not in result.output
    assert "shipping.md" in result.stdout
    assert result.exit_code in {0, 1}


def test_a_question_outside_the_documents_never_reaches_the_model(with_model: Path) -> None:
    result = run("ask", "Who won the football world cup in 1954?", "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["outcome"]) == (3, "not_found")
    assert answer["usage"]["prompt_tokens"] == 0
