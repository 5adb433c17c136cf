import os
import socket
from hashlib import blake2b
from pathlib import Path
from unicodedata import normalize

import pytest

from bot.errors import DocumentError, KnowledgeError
from bot.indexing.scanning import LARGEST_FILE, digest_file, scan


def write(path: Path, text: str = "text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_files_are_found_in_all_folders_sorted_by_path(tmp_path: Path) -> None:
    write(tmp_path / "b.md", "12345")
    write(tmp_path / "a" / "c d" / "退款.TXT")
    write(tmp_path / "a.pdf")
    found = scan(tmp_path).files
    assert [file.path for file in found] == ["a.pdf", "a/c d/退款.TXT", "b.md"]
    assert found[2].size == 5
    assert found[2].modified_ns == (tmp_path / "b.md").stat().st_mtime_ns


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.md",
        ".git/readme.md",
        "~$offer.docx",
        ".~lock.offer.odt#",
        "Thumbs.db",
        "desktop.ini",
        "offer.docx.part",
        "offer.pdf.crdownload",
        "offer.md~",
        "__MACOSX/offer.md",
        "@eaDir/offer.md",
        "x.tmp",
    ],
)
def test_litter_is_passed_over_without_a_word(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    result = scan(tmp_path)
    assert result.files == ()
    assert result.skipped == {}


def test_unknown_endings_are_named_with_a_reason(tmp_path: Path) -> None:
    write(tmp_path / "photo.JPG")
    write(tmp_path / "folder" / "LICENSE")
    write(tmp_path / "offer.doc")
    assert scan(tmp_path).skipped == {
        "folder/LICENSE": "Its name has no ending.",
        "offer.doc": "Files ending in .doc are not read. Save it as .docx.",
        "photo.JPG": "Files ending in .jpg are not read.",
    }


def test_links_are_never_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "secret.md").parent
    root = tmp_path / "root"
    write(root / "real.md")
    (root / "file.md").symlink_to("/etc/passwd")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "broken.md").symlink_to(root / "nowhere")
    result = scan(root)
    assert [file.path for file in result.files] == ["real.md"]
    assert sorted(result.skipped) == ["broken.md", "file.md", "folder", "loop"]
    assert "link" in result.skipped["file.md"]


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real" / "a.md")
    (tmp_path / "root").symlink_to(tmp_path / "real")
    assert [file.path for file in scan(tmp_path / "root").files] == ["a.md"]
    assert len(digest_file(tmp_path / "root", "a.md")) == 40


def test_fifos_and_sockets_are_named_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.md"))
        assert scan(tmp_path).skipped == {
            "pipe.md": "This is not an ordinary file.",
            "socket.md": "This is not an ordinary file.",
        }
    with pytest.raises(DocumentError, match="not an ordinary file"):
        digest_file(tmp_path, "pipe.md")


def test_names_that_cannot_be_shown_are_skipped(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.md")).write_text("x")
    write(tmp_path / "a\x1b[31mb.md")
    assert scan(tmp_path).skipped == {
        "a\ufffd[31mb.md": "Its name holds control characters. Rename it.",
        "\ufffd\ufffd.md": "Its name is not valid UTF-8. Rename it.",
    }


def test_decomposed_names_are_composed_and_still_open(tmp_path: Path) -> None:
    folder, name = normalize("NFD", "Bücher"), normalize("NFD", "Café.md")
    write(tmp_path / folder / name, "crème")
    (file,) = scan(tmp_path).files
    assert file.path == "Bücher/Café.md"
    assert digest_file(tmp_path, file.path) == blake2b("crème".encode(), digest_size=20).hexdigest()


def test_of_two_spellings_of_one_name_one_is_skipped(tmp_path: Path) -> None:
    write(tmp_path / normalize("NFD", "é.md"))
    write(tmp_path / normalize("NFC", "é.md"))
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system keeps one spelling only")
    result = scan(tmp_path)
    assert [file.path for file in result.files] == ["é.md"]
    assert list(result.skipped) == ["é.md"]


def test_huge_files_are_skipped(tmp_path: Path) -> None:
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    result = scan(tmp_path)
    assert result.files == ()
    assert result.skipped == {"huge.md": "It is larger than 200 MB. Split it."}


def test_a_root_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no folder"):
        scan(tmp_path / "nowhere")
    with pytest.raises(KnowledgeError, match="is a file"):
        scan(write(tmp_path / "a.md"))


def test_an_empty_folder_is_an_empty_scan(tmp_path: Path) -> None:
    assert scan(tmp_path).files == ()


@pytest.mark.parametrize("path", ["../outside.md", "a/../../outside.md", "/etc/passwd", "", "a//b"])
def test_no_path_leads_out_of_the_root(tmp_path: Path, path: str) -> None:
    write(tmp_path / "outside.md")
    write(tmp_path / "root" / "a" / "b.md")
    with pytest.raises(DocumentError):
        digest_file(tmp_path / "root", path)


def test_a_folder_swapped_for_a_link_after_the_scan_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path / "outside" / "a.md", "secret")
    root = tmp_path / "root"
    write(root / "folder" / "a.md")
    (file,) = scan(root).files
    (root / "folder").rename(root / "old")
    (root / "folder").symlink_to(tmp_path / "outside")
    with pytest.raises(DocumentError, match="link"):
        digest_file(root, file.path)


def test_a_file_that_has_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no longer there"):
        digest_file(tmp_path, "gone.md")
