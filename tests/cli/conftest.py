"""Folders that the command line runs in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from tests.cli.running import run
from tests.peers.openai import OpenAIPeer

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


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIPeer]:
    """A model server in a thread of its own, and the settings to use it."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(OpenAIPeer(key="sk-good")) as peer,
    ):
        monkeypatch.setenv("OPENAI_BASE_URL", peer.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-good")
        yield peer
