"""Every document here ends in text or in a reason, and the next document is read."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio

from bot.errors import DocumentError
from bot.indexing.reading import Reader
from bot.indexing.scanning import scan
from bot.nouns import Document
from tests import documents, hostile
from tests.documents import ENGLISH
from tests.test_formats import MAKERS

pytestmark = pytest.mark.asyncio(loop_scope="module")

Read = Callable[[str, str | bytes], Awaitable[Document]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def read(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Read]:
    root = tmp_path_factory.mktemp("hostile")
    async with Reader(root, workers=1, seconds=30, memory_bytes=768 << 20) as reader:

        async def write_and_read(name: str, content: str | bytes) -> Document:
            data = content.encode() if isinstance(content, str) else content
            (root / name).write_bytes(data)
            try:
                document, _ = await reader.read(name)
            finally:
                (root / "next.md").write_text("# Next")
                after, _ = await reader.read("next.md")
                assert after.text == "# Next"
            return document

        yield write_and_read


PACKAGES = {
    ".docx": (documents.make_docx, "word/document.xml"),
    ".xlsx": (documents.make_xlsx, "xl/worksheets/sheet2.xml"),
    ".pptx": (documents.make_pptx, "ppt/slides/slide2.xml"),
    ".odt": (documents.make_odt, "content.xml"),
    ".epub": (documents.make_epub, "OEBPS/c1.xhtml"),
}


@cache
def make_bomb(ending: str) -> bytes:
    make, part = PACKAGES[ending]
    return hostile.make_zip_bomb(make(ENGLISH), part, 310)


@pytest.mark.parametrize("ending", PACKAGES)
async def test_a_zip_bomb_is_not_unpacked(read: Read, ending: str) -> None:
    with pytest.raises(DocumentError, match=r"unpacks to 310 MB, which is too much"):
        await read("bomb" + ending, make_bomb(ending))


@pytest.mark.parametrize("ending", PACKAGES)
async def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked(read: Read, ending: str) -> None:
    bomb = hostile.lie_about_sizes(make_bomb(ending), PACKAGES[ending][1])
    try:
        document = await read("liar" + ending, bomb)
    except DocumentError:
        return
    assert document.warnings
    assert len(document.text) < 1000


@pytest.mark.parametrize("ending", PACKAGES)
async def test_entities_are_not_expanded(read: Read, ending: str) -> None:
    make, part = PACKAGES[ending]
    text = "Kettle" if ending == ".xlsx" else "Swiss"
    change = hostile.declare(hostile.LAUGHS, "&a11;", text)
    try:
        document = await read("laughs" + ending, hostile.replace_part(make(ENGLISH), part, change))
    except DocumentError:
        return
    assert len(document.text) < 1000
    assert "haha" not in document.text


@pytest.mark.parametrize("ending", PACKAGES)
async def test_entities_do_not_bring_in_other_files(
    read: Read, ending: str, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("STOLEN")
    make, part = PACKAGES[ending]
    text = "Kettle" if ending == ".xlsx" else "Swiss"
    theft = hostile.THEFT.format(path=tmp_path / "secret.txt")
    change = hostile.declare(theft, "&stolen;", text)
    try:
        document = await read("theft" + ending, hostile.replace_part(make(ENGLISH), part, change))
    except DocumentError:
        return
    assert "STOLEN" not in document.text


@pytest.mark.parametrize("doctype", [hostile.LAUGHS, hostile.THEFT.format(path="/etc/passwd")])
async def test_entities_in_html_stay_what_they_are(read: Read, doctype: str) -> None:
    document = await read("entities.html", f"{doctype}<p>text &a11; &stolen; end</p>")
    assert document.text == "text &a11; &stolen; end"


async def test_a_directive_does_not_bring_in_other_files(read: Read, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("STOLEN")
    place = tmp_path / "secret.txt"
    text = f"Title\n=====\n\n.. include:: {place}\n\n.. raw:: html\n   :file: {place}\n\nend\n"
    assert "STOLEN" not in (await read("include.rst", text)).text


async def test_svg_is_not_opened(read: Read) -> None:
    theft = hostile.THEFT.format(path="/etc/passwd")
    html = f'<p>text</p><svg>{theft}<text>&stolen;</text></svg><object data="file:///etc/passwd">'
    assert (await read("svg.html", html)).text == "text"


@pytest.mark.parametrize(
    "make",
    [lambda: hostile.make_pdf_flate_bomb(100), hostile.make_pdf_laughs, hostile.make_endless_pdf],
    ids=["flate", "laughs", "endless"],
)
async def test_pdf_bombs_end(tmp_path: Path, make: Callable[[], bytes]) -> None:
    (tmp_path / "bomb.pdf").write_bytes(make())
    assert (tmp_path / "bomb.pdf").stat().st_size < 1 << 20
    (tmp_path / "next.md").write_text("# Next")
    async with Reader(tmp_path, workers=1, seconds=2, memory_bytes=1 << 30) as reader:
        with pytest.raises(DocumentError):
            await reader.read("bomb.pdf")
        document, _ = await reader.read("next.md")
    assert document.text == "# Next"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deep.html", "<div>" * 50_000 + "deep"),
        ("tables.html", "<table><tr><td>" * 5_000),
        ("tags.html", "<div " * 100_000),
        ("hidden.html", "<p hidden>" * 20_000),
        ("deep.json", '{"a":' * 100_000 + "1" + "}" * 100_000),
        ("deep.ipynb", '{"a":' * 100_000 + "1" + "}" * 100_000),
        ("deep.rtf", "{\\rtf1 " + "{" * 100_000),
        ("comments.md", "<!-- x " * 100_000),
    ],
)
async def test_deep_nesting_ends(read: Read, name: str, content: str) -> None:
    with pytest.raises(DocumentError):
        await read(name, content)


@pytest.mark.parametrize(
    "content",
    [
        *("[" * 99_999, "![a](" * 20_000, "`a" * 50_000, "<div " * 20_000, "> " * 50_000),
        *("- " * 50_000, "|" * 99_999, "a\n=\n" * 20_000, "```\n~~~\n" * 10_000),
        *("[a[b](c" * 20_000, "汉字" * 50_000, "\\" * 99_999, "*a_" * 30_000),
    ],
    ids=lambda content: content[:8],
)
async def test_markup_without_end_is_read_in_time(read: Read, content: str) -> None:
    assert (await read("endless.md", content)).text == content.strip()


async def test_a_sheet_with_two_far_corners_is_small(read: Read) -> None:
    document = await read("sparse.xlsx", hostile.make_sparse_sheet())
    assert "first corner" in document.text
    assert len(document.text) < 100_000


async def test_a_sheet_of_a_hundred_thousand_cells_is_read(read: Read) -> None:
    document = await read("wide.xlsx", hostile.make_wide_sheet(1010, 100))
    assert "| 100999 |" in document.text


async def test_a_sheet_of_a_million_cells_is_given_up_in_time(tmp_path: Path) -> None:
    (tmp_path / "wide.xlsx").write_bytes(hostile.make_wide_sheet(5000, 200))
    async with Reader(tmp_path, seconds=1) as reader:
        with pytest.raises(DocumentError, match="took longer than 1 seconds"):
            await reader.read("wide.xlsx")


async def read_or_explain(read: Read, name: str, data: bytes) -> str:
    try:
        return (await read(name, data)).text
    except DocumentError as error:
        return error.problem


def make_file(ending: str) -> bytes:
    content = MAKERS[ending](ENGLISH)
    return content.encode() if isinstance(content, str) else content


@pytest.mark.parametrize("ending", sorted(MAKERS))
async def test_truncated_files_end(read: Read, ending: str) -> None:
    data = make_file(ending)
    for share in (0.05, 0.5, 0.95):
        outcome = await read_or_explain(read, "cut" + ending, data[: int(len(data) * share)])
        assert outcome
        assert "crashed" not in outcome


@pytest.mark.parametrize("ending", sorted(MAKERS))
async def test_damaged_files_end(read: Read, ending: str) -> None:
    data = make_file(ending)
    chance = random.Random(ending)
    for _ in range(8):
        outcome = await read_or_explain(read, "mutant" + ending, hostile.mutate(data, chance))
        assert outcome
        assert "crashed" not in outcome


async def test_a_file_that_becomes_a_link_after_the_scan_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "folder" / "a.md").write_text("text")
    (root / "b.md").write_text("text")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.md").write_text("STOLEN")
    paths = [file.path for file in scan(root).files]
    (root / "b.md").unlink()
    (root / "b.md").symlink_to("/etc/passwd")
    (root / "folder").rename(root / "old")
    (root / "folder").symlink_to(tmp_path / "outside")
    async with Reader(root) as reader:
        results = await asyncio.gather(*map(reader.read, paths), return_exceptions=True)
    assert paths == ["b.md", "folder/a.md"]
    assert [type(result) for result in results] == [DocumentError, DocumentError]


async def test_a_folder_full_of_traps_is_scanned(tmp_path: Path) -> None:
    (tmp_path / "passwd.md").symlink_to("/etc/passwd")
    (tmp_path / "root.md").symlink_to("/")
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "good.md").write_text("text")
    result = scan(tmp_path)
    assert [file.path for file in result.files] == ["good.md"]
    assert sorted(result.skipped) == ["passwd.md", "pipe.md", "root.md"]
