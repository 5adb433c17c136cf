"""Files sent in a chat: which are taken, and that they are written whole and into the folder."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import DocumentError, PlatformError
from bot.nouns import Answer, Attachment, Done, Outcome
from bot.texts import ENGLISH
from bot.uploads import LARGEST, LONGEST_NAME, Refusal, Uploads, clean_name
from tests.desks import House, make_message


def make_file(name: str, data: bytes = b"# Fees\n", size: int | None = None) -> Attachment:
    async def fetch() -> bytes:
        return data

    return Attachment(name, len(data) if size is None else size, fetch)


def read_folder(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


async def send(house: House, attachment: Attachment, asker: str) -> Answer:
    message = replace(make_message("", asker=asker), attachment=attachment)
    last = (await house.events(message))[-1]
    assert isinstance(last, Done)
    return last.answer


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("fees.md", "fees.md"),
        (" 价格 表.xlsx ", "价格 表.xlsx"),
        ("cafe\u0301.txt", "café.txt"),
        ("../fees.md", ""),
        ("/etc/passwd.md", ""),
        ("a\\b.md", ""),
        ("C:fees.md", ""),
        (".hidden.md", ""),
        ("..", ""),
        ("~$fees.docx", ""),
        ("fees.md\x00.pdf", ""),
        ("fees\u202efdp.md", ""),
        ("fees\n.md", ""),
        ("fees\u2028.md", ""),
        ("fees\u00ad.md", ""),
        ("fees\U000e0061.md", ""),
        ("fees\ud800.md", ""),
        ("fees.", ""),
        ("", ""),
    ],
)
def test_only_plain_names_are_kept(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@pytest.mark.parametrize(
    ("attachment", "refusal"),
    [
        (make_file("fees.md"), None),
        (make_file("../fees.md"), Refusal.NAME),
        (make_file("费" * LONGEST_NAME + ".md"), Refusal.NAME),
        (make_file("run.exe"), Refusal.TYPE),
        (make_file("README"), Refusal.TYPE),
        (make_file("fees.md", size=LARGEST + 1), Refusal.SIZE),
        (make_file("fees.md", size=0), Refusal.EMPTY),
    ],
)
def test_a_file_is_judged_before_it_is_fetched(
    tmp_path: Path, attachment: Attachment, refusal: Refusal | None
) -> None:
    assert Uploads(tmp_path).refuse(attachment) == refusal


async def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    assert await uploads.keep(make_file("fees.md", b"one")) == "fees.md"
    assert await uploads.keep(make_file("fees.md", b"two")) == "fees.md"
    assert read_folder(tmp_path) == {"fees.md": b"two"}

    (tmp_path / "folder.md").mkdir()
    with pytest.raises(DocumentError):
        await uploads.keep(make_file("folder.md"))
    with pytest.raises(DocumentError, match="more than"):
        await uploads.keep(make_file("big.md", b"x" * (LARGEST + 1), size=3))
    assert read_folder(tmp_path) == {"fees.md": b"two"}


async def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("mine")
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "fees.md").symlink_to(outside)

    await Uploads(folder).keep(make_file("fees.md", b"new"))
    assert outside.read_text() == "mine"
    assert not (folder / "fees.md").is_symlink()


async def test_an_admin_is_asked_before_a_file_is_added(tmp_path: Path) -> None:
    house = House(tmp_path)
    offer = await send(house, make_file("fees.md"), "ada")
    assert offer.text == ENGLISH.offer.format(name="fees.md", size="7 B")
    assert read_folder(tmp_path) == {}

    add, _ = offer.buttons
    assert (await house.say(add.command)).outcome is Outcome.DENIED
    report = await house.say(add.command, asker="ada")
    assert "new.md" in report.text
    assert read_folder(tmp_path) == {"fees.md": b"# Fees\n"}
    assert house.librarian.runs == 1
    assert (await house.say(add.command, asker="ada")).text == ENGLISH.offer_gone

    again = await send(house, make_file("fees.md"), "ada")
    assert again.text == ENGLISH.offer_replaces.format(name="fees.md", size="7 B")
    left = await house.say(again.buttons[1].command, asker="ada")
    assert left.text == ENGLISH.discarded.format(name="fees.md")
    assert (await house.say(again.buttons[0].command, asker="ada")).text == ENGLISH.offer_gone


async def test_others_may_add_nothing(tmp_path: Path) -> None:
    answer = await send(House(tmp_path), make_file("fees.md"), "bob")
    assert answer.outcome is Outcome.DENIED
    assert "test:bob" in answer.text


async def test_what_cannot_be_taken_is_said(tmp_path: Path) -> None:
    house = House(tmp_path)
    answer = await send(house, make_file("run.exe"), "ada")
    assert answer.outcome is Outcome.FAILED
    assert ".docx" in answer.text
    assert not answer.buttons


async def test_a_file_that_the_platform_does_not_give_is_said(tmp_path: Path) -> None:
    async def fail() -> bytes:
        raise PlatformError("Telegram did not give the file.")

    house = House(tmp_path)
    offer = await send(house, Attachment("fees.md", 7, fail), "ada")
    answer = await house.say(offer.buttons[0].command, asker="ada")
    assert answer.outcome is Outcome.FAILED
    assert "did not give the file" in answer.text
    assert house.librarian.begun == 0
    assert read_folder(tmp_path) == {}


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    house = House(tmp_path / "missing")
    offer = await send(house, make_file("fees.md"), "ada")
    answer = await house.say(offer.buttons[0].command, asker="ada")
    assert answer.text == ENGLISH.upload_failed.format(
        name="fees.md", reason="No such file or directory"
    )
