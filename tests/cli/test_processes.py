"""What only a process of its own can show of the command line: streams, signals, a terminal."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import ROOT, Typist, start


def test_help_is_shown_without_loading_anything() -> None:
    code = (
        "import sys, bot.cli.app as cli; sys.argv = ['openbook', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'lancedb', 'numpy', 'openai', 'pydantic', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

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


def test_bytes_that_are_no_text_do_not_end_a_chat(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")
    process = start("chat", stdin=subprocess.PIPE)
    output, errors = process.communicate(b"Shipping to \xff Iceland?\n/help\n", timeout=60)

    assert process.returncode == 0, errors.decode()
    assert b"/reindex" in output


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


@pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix terminal")
def test_chat_in_a_terminal(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    typist = Typist("chat")
    try:
        typist.wait_for("2 个文档")
        typist.wait_for("> ")
        typist.type("退货的运费由谁承担？\n")
        typist.wait_for("出处")
        typist.wait_for("退货.md")
        typist.wait_for("> ")
        typist.type("\x04")
        assert typist.process.wait(timeout=60) == 0
    finally:
        typist.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix terminal")
def test_chat_greets_with_the_folder_that_is_indexed(
    indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_KNOWLEDGE", "s")
    typist = Typist("chat")
    try:
        typist.wait_for("The index is of ")
        typist.wait_for("> ")
        typist.type("\x04")
        assert typist.process.wait(timeout=60) == 0
    finally:
        typist.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a Unix terminal")
def test_deletion_is_asked_about_in_a_terminal(indexed: Path) -> None:
    (indexed / "knowledge" / "shop" / "shipping.md").unlink()
    typist = Typist("index")
    try:
        typist.wait_for("Delete them?")
        typist.type("n\n")
        typist.wait_for("Nothing was changed.")
        assert typist.process.wait(timeout=60) == 1
    finally:
        typist.close()
