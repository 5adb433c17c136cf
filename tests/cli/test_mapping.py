"""`openbook map` and `openbook similarity` on a real folder with the real embedder."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.running import assert_refused, run, run_json


@pytest.fixture
def embedded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "local")
    assert run("index").exit_code == 0
    return folder


def test_a_map_is_saved(embedded: Path) -> None:
    result = run("map")
    assert result.stdout == "map.html: 2 passages in 2 files\n"
    assert (embedded / "map.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")

    shown = run("map", "--question", "运费由谁承担？", "--output", "map.svg").stdout
    assert "Closest to the question" in shown
    assert shown.index("退货.md") < shown.index("shop/shipping.md")
    drawn = ElementTree.fromstring((embedded / "map.svg").read_bytes())
    assert "? 运费由谁承担？" in [one.text for one in drawn.iter()]

    assert run("map", "--output", "map.png").exit_code == 0
    assert (embedded / "map.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_mapped_is_said(indexed: Path) -> None:
    assert_refused(run("map"), "OPENBOOK_EMBEDDER")
    assert_refused(run("map", "--output", "map.jpg"), ".html", ".png")
    assert_refused(run("map", "--output", "none/map.png"), "none")
    assert_refused(run("map", "--question", "x" * 5000), "4,000")
    assert run("map").stdout == ""


def test_texts_are_compared(embedded: Path) -> None:
    texts = ["奥运会", "亚运会", "残奥会", "北京地铁"]
    compared = run_json("similarity", *texts)
    assert list(compared) == ["embedder", "texts", "cosines"]
    assert compared["texts"] == texts
    cosines = compared["cosines"]
    for row in range(4):
        assert cosines[row][row] == pytest.approx(1, abs=1e-4)
        assert cosines[row] == pytest.approx([cosines[other][row] for other in range(4)], abs=1e-5)
    assert min(cosines[0][1], cosines[0][2], cosines[1][2]) > max(cosines[3][:3])

    lines = run("similarity", *texts).stdout.splitlines()
    assert lines[0].split() == ["1", "2", "3", "4"]
    assert lines[4].split()[:2] == ["4", "北京地铁"]
    assert lines[4].split()[5] == "1.00"


def test_what_cannot_be_compared_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_refused(run("similarity", "a", "b"), "OPENBOOK_EMBEDDER")
    assert_refused(run("similarity", "a", " "), "empty")
    assert run("similarity", "a").exit_code == 2
    assert run("similarity").exit_code == 2
