"""What the commands do on real folders: their words, their JSON, their exit codes."""

import json
from pathlib import Path

import pytest

from bot.descriptions import describe_report
from bot.reports import IndexReport
from bot.texts import CHINESE
from tests.cli.running import assert_refused, run, run_json
from tests.peers.openai import OpenAIPeer
from tests.peers.openai_script import Reply, Status


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


def test_a_moved_file_is_told_once(indexed: Path) -> None:
    shop = indexed / "knowledge" / "shop"
    (shop / "shipping.md").rename(shop / "delivery.md")

    told = run("index", "--dry-run").stdout
    assert "Moved: 1\n  shop/shipping.md → shop/delivery.md\n" in told
    assert "Added" not in told
    assert "Removed" not in told
    report = run_json("index")
    assert (report["added"], report["removed"]) == (["shop/delivery.md"], ["shop/shipping.md"])


def test_much_is_deleted_only_when_agreed(indexed: Path) -> None:
    (indexed / "knowledge" / "shop" / "shipping.md").unlink()

    assert_refused(run("index"), "--yes")
    assert run_json("status")["documents"] == 2
    result = run("index", "--yes")
    assert "Removed: 1\n  shop/shipping.md\n" in result.stdout
    assert run_json("status")["documents"] == 1


def test_another_folder_is_said_until_it_is_indexed(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = indexed / "knowledge", indexed / "shop"
    new.mkdir()
    (new / "tea.md").write_text("# Tea\n\nGreen tea is brewed for two minutes.\n")
    warning = f"The index is of {old}, not of {new}: run `openbook index`.\n"
    commands = (("ask", "Shipping to Iceland?"), ("search", "Iceland"))
    for command in commands:
        assert "not of" not in run(*command).stderr
    monkeypatch.setenv("OPENBOOK_KNOWLEDGE", str(new))
    for command in commands:
        for options in ((), ("--json",)):
            result = run(*command, *options)
            assert (result.stderr.count(warning), result.exit_code) == (1, 0)
            assert warning not in result.stdout
    assert f"Index of: {old}\n" in run("status").stdout
    assert run_json("status")["folder"] == str(old)
    plan = run_json("index", "--dry-run")
    assert (plan["folder_before"], plan["folder"]) == (str(old), str(new))

    report = run("index")
    assert report.exit_code == 0
    assert f"The index was made from {old}; it is now of {new}.\n" in report.stdout
    assert run("search", "tea").stderr == ""
    assert f"Index of: {new}\n" in run("status").stdout


def test_a_move_is_told_in_chinese() -> None:
    report = IndexReport(unchanged=3, folder="/b", folder_before="/a")
    assert "索引原来来自 /a，现在来自 /b。\n" in describe_report(report, CHINESE)


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


def test_search_shows_how_it_was_reranked(
    indexed: Path, peer: OpenAIPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_RERANKER", "reranker-test")
    shown = run("search", "shipping", "to", "Iceland")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert "fused 1, reranker 1" in shown.stdout
    found = run_json("search", "shipping to Iceland")
    assert {"keyword", "fused", "reranker"} <= set(found[0]["found_by"])
    assert "reranker" not in run("search", "shipping", "to", "Iceland", "--mode", "fused").stdout
    usage = run_json("ask", "How much does shipping to Iceland cost?")["usage"]
    assert usage["reranking_tokens"] > 0
    assert usage["price"] is None

    peer.always = Status(500)
    away = run("search", "shipping", "to", "Iceland")
    assert away.exit_code == 0
    assert "The model server has a fault (500)." in away.stderr
    assert "reranker" not in away.stdout


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


def test_ask_has_a_model_write_the_answer(indexed: Path, peer: OpenAIPeer) -> None:
    peer.script.append(Reply(("Iceland costs ", "17 euros [1]. It is 99 miles [7].")))
    answer = run_json("ask", "How much does shipping to Iceland cost?")

    assert answer["outcome"] == "answered"
    assert "17 euros [1]" in answer["answer"]
    assert "[7]" not in answer["answer"]
    assert [citation["number"] for citation in answer["citations"]] == [1]
    assert answer["usage"]["model"] == "gpt-6-luna"
    assert answer["usage"]["prompt_tokens"] > 0
    assert answer["usage"]["price"] > 0


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


def test_migrate_makes_the_tables_and_changes_nothing_the_next_time(folder: Path) -> None:
    for _ in range(2):
        result = run("migrate")
        assert result.exit_code == 0, result.stderr
        assert "up to date: SQLite in .openbook/ledger.db" in result.stdout


def test_migrate_tells_of_a_database_that_is_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:secret-word@127.0.0.1:1/none")
    assert_refused(run("migrate"), "cannot be used", "DATABASE_URL")
    assert "secret-word" not in run("migrate").stderr
