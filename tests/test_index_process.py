"""Index runs in real processes apart: what they say, and what is left of one that is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.apart import lines
from bot.apart.process import IndexProcess
from bot.apart.program import NICENESS
from bot.errors import DeletionRefused, KnowledgeError, OpenbookError, StoreError
from bot.indexing.librarian import Librarian
from bot.reports import IndexReport, Progress
from bot.settings import Settings
from bot.store.lock import write_lock
from bot.wiring import open_parts
from tests.libraries import make_document
from tests.peers.openai import OpenAIPeer
from tests.peers.openai_script import Status, Wait
from tests.test_reading import is_running, wait_until

PATIENCE = 60.0  # seconds for a process on a busy machine
STAGES = ["reading", "embedding", "writing"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("tea", "trains", "cats"):
        write(tmp_path, name)
    return tmp_path


def write(place: Path, name: str) -> None:
    path = place / "knowledge" / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(make_document(name, f"All about {name}."))


def make_settings(place: Path, **more: object) -> Settings:
    values: dict[str, object] = {
        "OPENBOOK_KNOWLEDGE": place / "knowledge",
        "OPENBOOK_INDEX": str(place / "index"),
        "OPENBOOK_EMBEDDER": "none",
    }
    return Settings.model_validate(values | more)


def make_process(settings: Settings) -> IndexProcess:
    return IndexProcess(settings, Librarian(settings.knowledge, settings.index, None))


def list_family(parent: int) -> list[int]:
    """The children of a process with theirs, to the last."""
    command = ["ps", "-A", "-o", "pid=,ppid="]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listing:
        assert listing.stdout
        rows = [tuple(map(int, line.split())) for line in listing.stdout]
    pairs = [(pid, by) for pid, by in rows if pid != listing.pid]
    family: list[int] = []
    seeking = [parent]
    while seeking:
        one = seeking.pop()
        born = [pid for pid, by in pairs if by == one]
        family += born
        seeking += born
    return family


@pytest.fixture(autouse=True)
def strangers() -> frozenset[int]:
    """What runs beside these tests all along: servers that the whole suite shares."""
    return frozenset(list_family(os.getpid()))


async def refuse(deleted: int, total: int) -> bool:
    return False


async def test_it_does_what_the_librarian_does(place: Path, strangers: frozenset[int]) -> None:
    (place / "knowledge" / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    told: list[Progress] = []
    report = await make_process(make_settings(place)).index(progress=told.append)

    here = place / "here"
    librarian = Librarian(place / "knowledge", str(here), None)
    same = await librarian.index()
    assert replace(report, seconds=same.seconds) == same
    assert report.added == ("cats.md", "tea.md", "trains.md")
    assert list(report.failed) == ["broken.pdf"]
    stages = [progress.stage for progress in told]
    assert sorted(stages, key=STAGES.index) == stages
    assert set(stages) == set(STAGES)
    for stage in STAGES:
        done = [progress.done for progress in told if progress.stage == stage]
        assert sorted(done) == done
    assert (await make_process(make_settings(place)).status()).documents == 3
    assert strangers.issuperset(list_family(os.getpid()))


async def test_much_is_deleted_only_when_agreed(place: Path) -> None:
    settings = make_settings(place)
    process = make_process(settings)
    await Librarian(settings.knowledge, settings.index, None).index()
    for name in ("tea", "trains"):
        (place / "knowledge" / f"{name}.md").unlink()
    asked: list[tuple[int, int]] = []

    async def agree(deleted: int, total: int) -> bool:
        asked.append((deleted, total))
        return True

    with pytest.raises(DeletionRefused, match="2 of 3 passages would leave") as refusal:
        await process.index(agree=refuse)
    assert "openbook index --yes" in refusal.value.remedy
    report = await process.index(agree=agree)
    assert (asked, report.removed, report.passages) == ([(2, 3)], ("tea.md", "trains.md"), 1)


async def test_its_errors_are_those_of_the_librarian(place: Path) -> None:
    settings = make_settings(place)
    librarian = Librarian(settings.knowledge, settings.index, None)

    async def compare() -> OpenbookError:
        with pytest.raises(OpenbookError) as expected:
            await librarian.index()
        with pytest.raises(OpenbookError) as caught:
            await make_process(settings).index()
        assert type(caught.value) is type(expected.value)
        assert caught.value.problem == expected.value.problem
        assert caught.value.remedy == expected.value.remedy
        return caught.value

    async with write_lock(settings.index):
        assert "Another index run" in (await compare()).problem
    (place / "knowledge").rename(place / "unmounted")
    assert isinstance(await compare(), KnowledgeError)


async def test_a_model_that_refuses_is_told(place: Path, peer: OpenAIPeer) -> None:
    peer.always = Status(401, "Incorrect API key provided.", "invalid_api_key")
    settings = make_settings(place, **embedding_at(peer))
    async with open_parts(settings) as parts:
        with pytest.raises(OpenbookError) as expected:
            await parts.librarian.index()
    with pytest.raises(OpenbookError) as caught:
        await make_process(settings).index()
    assert (type(caught.value), str(caught.value)) == (type(expected.value), str(expected.value))


@pytest.fixture
async def peer() -> AsyncIterator[OpenAIPeer]:
    async with OpenAIPeer() as peer:
        yield peer


def embedding_at(peer: OpenAIPeer) -> dict[str, object]:
    return {
        "OPENAI_BASE_URL": peer.url,
        "OPENAI_API_KEY": "sk-test",
        "OPENBOOK_EMBEDDER": "openai",
    }


class Held:
    """A run that has read a file and waits for its vectors, which do not come."""

    def __init__(self, place: Path, peer: OpenAIPeer) -> None:
        self._place = place
        self._peer = peer
        self._settings = make_settings(place, **embedding_at(peer))
        self.process = make_process(self._settings)

    async def start(self) -> asyncio.Task[IndexReport]:
        await self._index_here()
        write(self._place, "ships")
        self._peer.always = Wait()
        self._peer.received.clear()
        run = asyncio.create_task(self.process.index())
        async with asyncio.timeout(PATIENCE):
            await self._peer.received.wait()
        return run

    async def go_on(self) -> IndexReport:
        """As the next run of anybody would."""
        self._peer.always = None
        return await self._index_here()

    async def _index_here(self) -> IndexReport:
        async with open_parts(self._settings) as parts:
            return await parts.librarian.index()


@pytest.fixture
def held(place: Path, peer: OpenAIPeer) -> Held:
    return Held(place, peer)


async def test_a_run_that_is_killed_is_told_and_leaves_nothing(
    held: Held, strangers: frozenset[int]
) -> None:
    run = await held.start()
    family = set(list_family(os.getpid())) - strangers
    assert len(family) > 1, "it has children that read the documents"
    (child,) = family - {one for pid in family for one in list_family(pid)}
    assert os.getpriority(os.PRIO_PROCESS, child) == min(
        19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
    )
    os.kill(child, signal.SIGKILL)

    with pytest.raises(StoreError, match=r"ended from outside \(signal 9\)") as error:
        await run
    assert "memory" in error.value.remedy
    await wait_until(lambda: not any(map(is_running, family)))
    assert (await held.process.status()).documents == 3
    assert (await held.go_on()).added == ("ships.md",)


async def test_a_run_that_is_cancelled_leaves_nothing(
    held: Held, strangers: frozenset[int]
) -> None:
    run = await held.start()
    family = set(list_family(os.getpid())) - strangers
    run.cancel()
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait([run])

    assert run.cancelled()
    await wait_until(lambda: not any(map(is_running, family)))
    assert (await held.go_on()).added == ("ships.md",)


PARENT = """
import asyncio, sys
from bot.apart import lines
from bot.apart.process import IndexProcess
from bot.indexing.librarian import Librarian

settings = lines.decode_settings(sys.stdin.buffer.readline())
librarian = Librarian(settings.knowledge, settings.index, None)
asyncio.run(IndexProcess(settings, librarian).index())
"""


async def test_a_run_ends_with_its_parent(place: Path, peer: OpenAIPeer) -> None:
    peer.always = Wait()
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT),
        stdin=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    assert parent.stdin
    parent.stdin.write(lines.encode_settings(make_settings(place, **embedding_at(peer))))
    async with asyncio.timeout(PATIENCE):
        await peer.received.wait()
    family = list_family(parent.pid)
    assert family
    parent.kill()
    await parent.wait()

    await wait_until(lambda: not any(map(is_running, family)))


async def test_a_process_that_breaks_off_is_told_and_the_log_has_its_words(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(place / "nowhere"))
    with pytest.raises(StoreError, match=r"broke off \(exit code 1\)") as error:
        await make_process(make_settings(place)).index()
    assert "log" in error.value.remedy
    assert "Fatal Python error" in caplog.text


async def test_a_process_that_cannot_be_started(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(place / "nowhere"))
    with pytest.raises(StoreError, match="does not start: No such file"):
        await make_process(make_settings(place)).index()


async def test_its_settings_are_those_it_is_given(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those of the environment nor those that `.env` has by now."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("OPENBOOK_KNOWLEDGE", "elsewhere")
    settings = make_settings(place)
    (place / ".env").write_text("OPENBOOK_ADMINS=nobody\nOPENBOOK_QUERY_PREFIX=x\n", "utf-16")
    report = await make_process(settings).index()
    assert report.folder == str(place / "knowledge")


def test_settings_come_out_as_they_went_in(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {
        "OPENAI_API_KEY": "sk-secret",
        "OPENBOOK_KNOWLEDGE": "/data/文档",
        "OPENBOOK_ADMINS": "telegram:1, slack:T1/U1",
        "OPENBOOK_ANSWER_SECONDS": "2.5",
        "OPENBOOK_CHAT_PRICE": "1/2/3",
        "OPENBOOK_REINDEX": "0 3 * * *",
        "OPENBOOK_STAFF_CHAT": "telegram:-1001234567890/7",
        "OPENBOOK_WATCH": "true",
    }
    settings = Settings(**given)
    line = lines.encode_settings(settings)
    monkeypatch.setenv("OPENBOOK_QUERY_PREFIX", "another")
    monkeypatch.setenv("OPENBOOK_CONTEXT_WINDOW", "4096")
    assert lines.decode_settings(line) == settings
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(
    "said",
    [
        Progress("reading", 2, 5),
        lines.MayDelete(2, 3),
        IndexReport(
            added=("a.md", "\udcff.md"),
            moved=(("old.md", "new\n.md"),),
            failed={"b.pdf": "It is\nbroken."},
            price=None,
            seconds=0.25,
        ),
    ],
    ids=lambda said: type(said).__name__,
)
def test_what_is_said_is_understood(said: Progress | lines.MayDelete | IndexReport) -> None:
    line = lines.encode(said)
    assert lines.decode(line) == said
    assert line.count(b"\n") == 1


def list_kinds() -> list[type[OpenbookError]]:
    kinds: list[type[OpenbookError]] = [OpenbookError]
    for kind in kinds:
        kinds += [one for one in kind.__subclasses__() if one.__module__ == "bot.errors"]
    return kinds


@pytest.mark.parametrize("kind", list_kinds(), ids=lambda kind: kind.__name__)
def test_errors_keep_their_class_and_words(kind: Callable[[str, str], OpenbookError]) -> None:
    error = lines.decode(lines.encode(kind("What is wrong.", "What to do.")))
    assert isinstance(error, OpenbookError)
    assert (type(error), error.problem, error.remedy) == (kind, "What is wrong.", "What to do.")
