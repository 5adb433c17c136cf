"""The handbook in knowledge/ and the README: what they name exists, what exists they name, and
Openbook answers from the handbook. Indexes it once for real, which takes some ten seconds."""

import ast
import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pypdfium2
import pytest
import typer
from openpyxl import load_workbook
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase
from typer.main import get_command

from bot.answering.engine import last_answer
from bot.cli.app import app
from bot.cli.guard import PIPE_CLOSED, STOPPED
from bot.commands import COMMANDS
from bot.evaluation import Measured, measure, recall, refusal
from bot.indexing.formats.endings import ENDINGS
from bot.metrics import ABANDONED, Metrics
from bot.nouns import EVERYTHING, Denial, Mode, Outcome, Question
from bot.question_file import EvalQuestion, read_questions
from bot.reports import IndexReport
from bot.settings import Settings
from bot.wiring import Parts, open_parts
from tests.handbook_files import PAGES, PDF, SPREADSHEET, TITLE, read_prices
from tests.test_house import ROOT, read, read_table
from tests.test_settings import list_settings

KNOWLEDGE = ROOT / "knowledge"
PDF_PATH = PDF.relative_to(KNOWLEDGE).as_posix()
LANGUAGES = ("en", "zh")
PAGE_NAMES = sorted(path.name for path in (KNOWLEDGE / "en").glob("*.md"))
TEXTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [*KNOWLEDGE.rglob("*.md"), ROOT / "README.md"]
}
QUESTIONS = ROOT / "tests/data/handbook_questions.jsonl"
HEADINGS = {  # of the first columns of tables, in English and Chinese
    "command": ("command", "命令"),
    "chat command": ("chat command", "聊天命令"),
    "setting": ("setting", "设置"),
    "format": ("format", "格式"),
    "exit code": ("exit code", "退出码"),
    "metric": ("metric", "指标"),
}


def list_code(text: str) -> list[str]:
    """What stands between backticks and in code blocks, line by line."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", rest)


def read_page(language: str, name: str) -> str:
    return TEXTS[f"knowledge/{language}/{name}"]


def read_first_column(language: str, name: str, heading: str) -> list[str]:
    """The first cells of all rows of all tables with that heading."""
    text = read_page(language, name)
    rows: list[list[str]] = []
    while f"| {heading} |" in text:
        rows += read_table(text, heading)
        text = text[text.index(f"| {heading} |") + 1 :]
    return [row[0].strip("`") for row in rows]


def list_commands() -> dict[str, set[str]]:
    """The options of each command and of those in it; those of `openbook` itself under ""."""
    group = get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    every = {"": [group]} | {
        name: [command, *getattr(command, "commands", {}).values()]
        for name, command in group.commands.items()
    }
    return {
        name: {"--help"}.union(
            option
            for command in commands
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("-")
        )
        for name, commands in every.items()
    }


@pytest.mark.parametrize("name", TEXTS)
def test_commands_and_options_exist(name: str) -> None:
    commands = list_commands()
    unknown = []
    for code in list_code(TEXTS[name]):
        for call in re.finditer(r"\bopenbook((?: --\w+)*) ([a-z]+)\b([^|;#\n]*)", code):
            options = set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", call[3]))
            if call[2] not in commands or options - commands[call[2]]:
                unknown.append(call[0])
        if code.startswith("--") and code.split()[0] not in set().union(*commands.values()):
            unknown.append(code)
    assert unknown == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_described(language: str) -> None:
    commands = list_commands()
    heading = HEADINGS["command"][LANGUAGES.index(language)]
    described = read_first_column(language, "commands.md", heading)
    assert described == [f"openbook {name}" for name in commands if name]
    page = read_page(language, "commands.md")
    options = set().union(*commands.values())
    code = " ".join(list_code(page)).split()
    assert options - set(code) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chat_command_is_described(language: str) -> None:
    heading = HEADINGS["chat command"][LANGUAGES.index(language)]
    described = read_first_column(language, "chat.md", heading)
    shown = [command.name for command in COMMANDS.values() if not command.hidden]
    assert [name.split()[0] for name in described] == [f"/{name}" for name in shown]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_exit_code_is_described(language: str) -> None:
    heading = HEADINGS["exit code"][LANGUAGES.index(language)]
    described = read_first_column(language, "commands.md", heading)
    assert described == [str(code) for code in (0, 1, 2, 3, STOPPED, PIPE_CLOSED)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_ending_is_described(language: str) -> None:
    heading = HEADINGS["format"][LANGUAGES.index(language)]
    rows = read_table(read_page(language, "documents.md"), heading)
    assert sorted(re.findall(r"`(\.\w+)`", " ".join(row[1] for row in rows))) == sorted(ENDINGS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_is_described(language: str) -> None:
    heading = HEADINGS["setting"][LANGUAGES.index(language)]
    text = read_page(language, "settings.md")
    described: dict[str, str] = {}
    while f"| {heading} |" in text:
        described |= {row[0]: row[1] for row in read_table(text, heading)}
        text = text[text.index(f"| {heading} |") + 1 :]
    assert described == {
        f"`{one.name}`": f"`{one.default}`" if one.default else "" for one in list_settings()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_metric_is_described(language: str) -> None:
    heading = HEADINGS["metric"][LANGUAGES.index(language)]
    rows = read_table(read_page(language, "operating.md"), heading)
    described = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in rows}
    assert described == dict(list_metrics())


def list_metrics() -> Iterator[tuple[str, list[str]]]:
    """The names under which the figures of Openbook itself are shown, and their labels."""
    for metric in Metrics()._registry._collector_to_names:
        if isinstance(metric, MetricWrapperBase):
            ending = "_total" if isinstance(metric, Counter) else ""
            yield f"{metric._name}{ending}", list(metric._labelnames)


@pytest.mark.parametrize("language", LANGUAGES)
def test_outcomes_and_reasons_are_those_of_the_code(language: str) -> None:
    code = set(list_code(read_page(language, "operating.md")))
    assert {*Outcome, *Denial, ABANDONED} - code == set()


@pytest.mark.parametrize("name", TEXTS)
def test_settings_exist(name: str) -> None:
    named = set(re.findall(r"\b(?:OPENBOOK|OPENAI)_[A-Z_]+\b", TEXTS[name]))
    assert named - {one.name for one in list_settings()} == set()


def list_assignments() -> Iterator[tuple[str, str]]:
    for text in TEXTS.values():
        for code in list_code(text):
            if match := re.fullmatch(r"(?:export )?((?:OPENBOOK|OPENAI)_\w+)=(.*)", code):
                yield match[1], match[2]


@pytest.mark.parametrize(("name", "value"), sorted(set(list_assignments())))
def test_examples_of_settings_are_usable(name: str, value: str) -> None:
    Settings.model_validate({name: value})


def test_both_languages_have_the_same_pages() -> None:
    assert sorted(path.name for path in (KNOWLEDGE / "zh").glob("*.md")) == PAGE_NAMES


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_both_languages_say_the_same(name: str) -> None:
    """As far as a test can tell: the same sections, settings, commands, numbers of rows."""
    english, chinese = (read_page(language, name) for language in LANGUAGES)
    for pattern in (r"^##? ", r"^\|", r"^- ", r"^```"):
        assert len(re.findall(pattern, english, re.M)) == len(re.findall(pattern, chinese, re.M))
    english, chinese = ("\n".join(list_code(text)) for text in (english, chinese))
    for pattern in (r"\b(?:OPENBOOK|OPENAI)_[A-Z_]+\b", r"--[a-z-]+", r"openbook [a-z]+"):
        assert set(re.findall(pattern, english)) == set(re.findall(pattern, chinese))


@pytest.mark.parametrize("name", TEXTS)
def test_files_that_are_named_exist(name: str) -> None:
    named = {
        code
        for code in list_code(TEXTS[name])
        if re.fullmatch(r"(?:bot|tests|adapters|knowledge)/[\w./-]*|\.env\.example", code)
    }
    named |= set(re.findall(r"\]\((?!https?:)([\w./-]+)\)", TEXTS[name]))
    assert [one for one in sorted(named) if not (ROOT / one).exists()] == []
    named = {code for code in list_code(TEXTS[name]) if re.fullmatch(r"[\w-]+\.(xlsx|pdf)", code)}
    assert [one for one in sorted(named) if not [*KNOWLEDGE.rglob(one)]] == []


def list_words() -> str:
    """All texts that the code holds, one a line."""
    texts = [
        node.value
        for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return "\n".join(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_under_troubleshooting_are_those_of_the_code(language: str) -> None:
    words = list_words()
    headings = re.findall(r"^## (.*)", read_page(language, "troubleshooting.md"), re.M)
    quoted = [quote for heading in headings for quote in re.findall(r'"(.*?)"', heading)]
    assert len(quoted) > 20
    pieces = [piece.strip() for quote in quoted for piece in re.split(r"\.\.\.|\b60\b", quote)]
    assert [piece for piece in pieces if piece.strip(".") not in words] == []


def test_the_spreadsheet_has_the_prices_of_the_code() -> None:
    book = load_workbook(SPREADSHEET, read_only=True)
    sheets = {sheet.title: [*sheet.iter_rows(values_only=True)] for sheet in book}
    expected = read_prices()
    assert {
        name: [row[: len(expected[name][0])] for row in rows] for name, rows in sheets.items()
    } == {name: [tuple(row) for row in rows] for name, rows in expected.items()}


def test_the_pdf_is_what_its_source_says() -> None:
    document = pypdfium2.PdfDocument(PDF)
    texts = [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
    document.close()
    assert texts == [
        f"{TITLE}, page {number} {' '.join(page)}" for number, page in enumerate(PAGES, start=1)
    ]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    index = tmp_path_factory.mktemp("handbook") / "index"
    return Settings.model_validate(
        {
            "OPENBOOK_KNOWLEDGE": KNOWLEDGE,
            "OPENBOOK_INDEX": str(index),
            "OPENBOOK_EMBEDDER": "local",
        }
    )


@pytest.fixture(scope="module")
def report(settings: Settings) -> IndexReport:
    async def index() -> IndexReport:
        async with open_parts(settings) as parts:
            return await parts.librarian.index()

    return asyncio.run(index())


Measurements = Mapping[Mode, list[Measured]]


@pytest.fixture(scope="module")
def measured(settings: Settings, report: IndexReport) -> Measurements:
    async def ask() -> Measurements:
        async with open_parts(settings) as parts:
            questions = read_questions(QUESTIONS)
            return {
                mode: [one async for one in measure(parts.search, questions, mode, 10)]
                for mode in FLOORS
            }

    return asyncio.run(ask())


def test_the_handbook_is_indexed_without_a_remark(report: IndexReport) -> None:
    files = [path for path in KNOWLEDGE.rglob("*") if path.is_file()]
    assert len(report.added) == len(files)
    assert (report.failed, report.warnings, report.skipped) == ({}, {}, {})


def is_chinese(question: EvalQuestion) -> bool:
    return re.search(r"[\u4e00-\u9fff]", question.text) is not None


@dataclass(frozen=True, slots=True)
class Floor:
    """What a mode is not to fall below, and for `refused_wrong` not to rise above."""

    first: float  # recall@1
    fifth: float
    area: float
    answered_right: float
    refused_right: float
    refused_wrong: float


FLOORS = {
    Mode.KEYWORD: Floor(0.7, 0.9, 0.93, 0.9, 0.5, 0.08),
    Mode.VECTOR: Floor(0.5, 0.72, 0.8, 0.45, 0.75, 0.5),
    Mode.GRAPH: Floor(0.7, 0.9, 0.93, 0.9, 0.5, 0.08),
    Mode.HYBRID: Floor(0.75, 0.93, 0.95, 0.93, 0.6, 0.06),
}


@pytest.mark.parametrize("mode", list(FLOORS))
@pytest.mark.parametrize("chinese", [False, True], ids=LANGUAGES)
def test_questions_find_their_page(measured: Measurements, mode: Mode, *, chinese: bool) -> None:
    asked = [one for one in measured[mode] if is_chinese(one.question) == chinese]
    floor = FLOORS[mode]
    assert len(asked) > 30
    assert (recall(asked, 1) or 0) >= floor.first
    assert (recall(asked, 5) or 0) >= floor.fifth


@pytest.mark.parametrize("mode", list(FLOORS))
def test_questions_beside_the_handbook_are_refused(measured: Measurements, mode: Mode) -> None:
    gate = refusal(measured[mode])
    floor = FLOORS[mode]
    assert gate is not None
    assert gate.auc >= floor.area
    assert gate.answered_right >= floor.answered_right
    assert gate.refused_right >= floor.refused_right
    assert gate.refused_wrong <= floor.refused_wrong


def test_expected_texts_stand_in_the_handbook() -> None:
    for question in read_questions(QUESTIONS):
        for item in question.expect:
            path = KNOWLEDGE / item.path
            assert path.is_file()
            if path.suffix == ".md":
                assert item.text in path.read_text(encoding="utf-8")


def find_example() -> str:
    match = re.search(r"^QUESTION = (.*)$", read("Makefile"), re.M)
    assert match is not None
    return match[1]


@pytest.mark.parametrize(
    ("question", "words", "path"),
    [
        (find_example(), "make run", "en/getting-started.md"),
        ("怎样启动 Openbook？", "make run", "zh/getting-started.md"),
        ("Does it work with Telegram?", "Openbook answers in Telegram", "en/about.md"),
        ("退出码 3 是什么意思？", "没有这个问题的答案", "zh/commands.md"),
        (
            "How do I move Openbook to another machine?",
            ".env",
            PDF_PATH,
        ),
    ],
)
async def test_the_handbook_answers(
    question: str, words: str, path: str, settings: Settings, report: IndexReport
) -> None:
    async with open_parts(settings) as parts:
        answer = await last_answer(parts.engine.answer(Question(question, scope=EVERYTHING)))
    assert answer.outcome is Outcome.ANSWERED
    assert words in answer.text
    assert answer.citations[0].passage.source.path == path
    assert answer.citations[0].passage.source.page == (3 if path == PDF_PATH else None)


def test_parts_are_what_the_settings_say(settings: Settings) -> None:
    """No key may reach these tests, else a model would answer in place of the handbook."""
    assert Parts(settings).chat_model.name == "extractive"
