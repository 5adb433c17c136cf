import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bot.errors import DocumentError, DocumentUnsettled
from bot.indexing.reading import Reader
from bot.indexing.scanning import digest_file
from bot.indexing.splitting import split
from tests import documents

SLOW = "[[a](b " * 1_000_000


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    async with Reader(tmp_path, workers=2) as reader:
        yield reader


def processes(reader: Reader) -> list[int]:
    return [child._process.pid for child in reader._children if child._process]


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")  # tells zombies, where there is one
    return not status.exists() or ") Z " not in status.read_text()


def read_environment(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


async def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.02)


async def test_a_document_is_complete(tmp_path: Path, reader: Reader) -> None:
    (tmp_path / "资料").mkdir()
    (tmp_path / "资料" / "手册.md").write_text(
        documents.make_markdown(documents.CHINESE), encoding="utf-8"
    )
    document, passages = await reader.read("资料/手册.md")
    assert document.path == "资料/手册.md"
    assert document.format == "markdown"
    assert document.title == "蓝鹭商店手册"
    assert document.digest == digest_file(tmp_path, "资料/手册.md")
    assert document.sections[0].heading_path == ("蓝鹭商店手册",)
    assert passages == split(document)
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))


async def test_many_files_at_once(tmp_path: Path, reader: Reader) -> None:
    for number in range(200):
        (tmp_path / f"{number}.md").write_text(f"# Title {number}\n\nBody of {number}")
    results = await asyncio.gather(*(reader.read(f"{number}.md") for number in range(200)))
    assert [document.title for document, _ in results] == [f"Title {n}" for n in range(200)]
    assert len(processes(reader)) == 2


async def test_no_process_is_started_before_it_is_needed(tmp_path: Path, reader: Reader) -> None:
    assert processes(reader) == []
    (tmp_path / "a.md").write_text("text")
    await reader.read("a.md")
    await reader.read("a.md")
    assert len(processes(reader)) == 1


async def test_no_process_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    async with Reader(tmp_path) as reader:
        await asyncio.gather(*(reader.read("a.md") for _ in range(20)))
        running = processes(reader)
    assert running
    assert not any(map(is_running, running))


async def test_one_bad_file_costs_nothing_else(tmp_path: Path, reader: Reader) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 nothing")
    (tmp_path / "good.md").write_text("text")
    bad, good = await asyncio.gather(
        reader.read("bad.pdf"), reader.read("good.md"), return_exceptions=True
    )
    assert isinstance(bad, DocumentError)
    assert "damaged" in bad.problem
    assert bad.remedy
    assert not isinstance(good, BaseException)
    assert good[0].text == "text"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone.md", "no longer there"),
        ("../outside.md", "link or not an ordinary file"),
        ("link.md", "link or not an ordinary file"),
        ("pipe.md", "not an ordinary file"),
        ("folder.md", "not an ordinary file"),
        ("linked/secret.md", "link or not an ordinary file"),
    ],
)
async def test_only_files_inside_the_folder_are_opened(
    tmp_path: Path, path: str, reason: str
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.md").write_text("outside")
    (tmp_path / "secret.md").write_text("outside")
    (root / "link.md").symlink_to("/etc/passwd")
    (root / "linked").symlink_to(tmp_path)
    (root / "folder.md").mkdir()
    os.mkfifo(root / "pipe.md")
    async with Reader(root, seconds=20) as reader:
        with pytest.raises(DocumentError, match=reason):
            await reader.read(path)


GROWING = "f = open('growing.md', 'ab', 0)\nwhile True: f.write(b'text ' * 99)"


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[str]:
    """A file that grows without a pause, as in a long copy."""
    writer = subprocess.Popen([sys.executable, "-c", GROWING], cwd=tmp_path)
    yield "growing.md"
    writer.kill()
    writer.wait()


async def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, reader: Reader, growing: str
) -> None:
    await wait_until((tmp_path / growing).exists)

    async def read_often() -> None:
        while True:
            await reader.read(growing)

    with pytest.raises(DocumentUnsettled, match="changed while it was read"):
        await read_often()


async def test_a_killed_process_is_replaced(tmp_path: Path, reader: Reader) -> None:
    (tmp_path / "a.md").write_text("text")
    await reader.read("a.md")
    (child,) = processes(reader)
    os.kill(child, signal.SIGKILL)
    document, _ = await reader.read("a.md")
    assert document.text == "text"
    assert processes(reader) != [child]


async def test_a_file_that_kills_its_process_is_named(tmp_path: Path, reader: Reader) -> None:
    """Every process that takes up the file is killed while it reads it, as by a system that is out
    of memory."""
    (tmp_path / "slow.md").write_text(SLOW)
    (tmp_path / "next.md").write_text("text")
    reading = asyncio.create_task(reader.read("slow.md"))
    killed: set[int] = set()
    while not reading.done():
        for child in processes(reader):
            if child not in killed:
                await asyncio.sleep(0.3)
                os.kill(child, signal.SIGKILL)
                killed.add(child)
        await asyncio.sleep(0.02)
    with pytest.raises(DocumentUnsettled, match="process that read it was killed"):
        await reading
    assert len(killed) == 2
    document, _ = await reader.read("next.md")
    assert document.text == "text"


async def test_a_file_that_takes_too_long_is_named(tmp_path: Path) -> None:
    (tmp_path / "slow.md").write_text(SLOW)
    (tmp_path / "next.md").write_text("text")
    async with Reader(tmp_path, workers=1, seconds=1) as reader:
        with pytest.raises(DocumentUnsettled, match="took longer than 1 seconds"):
            await reader.read("slow.md")
        document, _ = await reader.read("next.md")
    assert document.text == "text"


async def test_a_file_that_needs_too_much_memory_is_named(tmp_path: Path) -> None:
    (tmp_path / "large.md").write_bytes(b"text " * 30_000_000)
    (tmp_path / "next.md").write_text("text")
    async with Reader(tmp_path, workers=1, memory_bytes=256 << 20) as reader:
        with pytest.raises(DocumentError, match=r"needs more than 0\.25 GB of memory"):
            await reader.read("large.md")
        document, _ = await reader.read("next.md")
    assert document.text == "text"


async def test_a_reading_that_is_given_up_disturbs_no_other(tmp_path: Path) -> None:
    (tmp_path / "slow.md").write_text(SLOW)
    (tmp_path / "next.md").write_text("text")
    async with Reader(tmp_path, workers=1) as reader:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await reader.read("slow.md")
        document, _ = await reader.read("next.md")
    assert document.text == "text"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not show environments")
async def test_no_secret_is_in_the_environment_of_the_process(
    tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:planted")
    (tmp_path / "a.md").write_text("text")
    await reader.read("a.md")
    (process,) = processes(reader)
    environment = read_environment(process)
    assert b"PYTHONPATH=" in environment
    assert b"planted" not in environment


PARENT = """
import asyncio, sys
from pathlib import Path
from bot.indexing.reading import Reader

async def main():
    async with Reader(Path(sys.argv[1]), workers=2) as reader:
        slow = asyncio.create_task(reader.read("slow.md"))
        await asyncio.sleep(0)
        await reader.read("a.md")
        print(*(child._process.pid for child in reader._children), flush=True)
        await slow

asyncio.run(main())
"""


async def test_no_orphans_are_left_by_a_parent_that_is_killed(tmp_path: Path) -> None:
    """One of the children is idle then, the other busy."""
    (tmp_path / "slow.md").write_text(SLOW)
    (tmp_path / "a.md").write_text("text")
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(tmp_path)), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    orphans = [int(word) for word in (await parent.stdout.readline()).split()]
    assert len(orphans) == 2
    parent.kill()
    await parent.wait()
    await wait_until(lambda: not any(map(is_running, orphans)))
