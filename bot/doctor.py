"""Looks at everything an answer needs and says what to do about what does not work."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from bot.access.folders import Folders
from bot.access.rules import RULE_FILE, Rules, list_problems
from bot.checks import Check, State
from bot.descriptions import describe_time
from bot.errors import IndexMissing, ModelError, OpenbookError, SettingsError
from bot.indexing.entries import RULES
from bot.indexing.scanning import scan
from bot.models.openai_check import find_shutdown_date
from bot.platforms import CHECKS
from bot.reports import IndexStatus
from bot.seams import ModelEnd, Prompt
from bot.serving_checks import CHECKS as SERVING
from bot.settings import Settings, read_settings
from bot.texts import ENGLISH
from bot.wiring import Parts, open_parts

PATIENCE = 20.0  # seconds for one check, besides the wait for an answer that the settings allow
RULE_FILES, KEYS = 20, 5  # that are named, and in each so many keys
RUN_INDEX = "Run `openbook index`."


async def examine() -> AsyncIterator[Check]:
    """The checks one after the other; without usable settings only that one."""
    try:
        settings = read_settings()
    except SettingsError as error:
        yield Check("settings", State.FAILED, error.problem, error.remedy)
        return
    yield check_settings(settings)
    async with open_parts(settings) as parts:
        for name, look in _CHECKS.items():
            yield await _look(name, look, parts)


def check_settings(settings: Settings) -> Check:
    where = ".env and the environment" if Path(".env").is_file() else "the environment"
    return Check("settings", State.OK, f"read from {where}, embedder `{settings.embedder}`")


async def check_knowledge(parts: Parts) -> Check:
    root = parts.settings.knowledge
    found = await asyncio.to_thread(scan, root)
    if not found.files:
        return Check(
            "documents", State.WARNING, f"{root} holds no documents", f"Put documents into {root}."
        )
    finding = f"{len(found.files):,} in {root}"
    if found.skipped:
        finding += f", skipped: {len(found.skipped):,}"
    return Check("documents", State.OK, finding)


async def check_access(parts: Parts) -> Check:
    rules = await asyncio.to_thread(Folders(parts.settings.knowledge).read)
    members = len(parts.settings.members)
    who = f"keys of members: {members:,}" if members else "everybody may ask"
    finding = f"{who}, folders with {RULE_FILE}: {len(rules):,}"
    if rules:
        finding += f" ({_list_rules(rules)})"
    for path, problem in list_problems(rules).items():
        return Check("access", State.FAILED, f"{path}: {problem}", f"Correct {path}.")
    return Check("access", State.OK, finding)


def _list_rules(rules: Rules) -> str:
    """Each file and whom it lets in, in few words."""
    lines = [
        f"{folder}{RULE_FILE}: {_shorten(sorted(rules[folder].see), KEYS) or 'admins alone'}"
        for folder in sorted(rules)
    ]
    return _shorten(lines, RULE_FILES, "; ")


def _shorten(parts: Sequence[str], most: int, between: str = ", ") -> str:
    more = len(parts) - most
    rest = [f"{more:,} more"] if more > 0 else []
    return between.join([*parts[:most], *rest])


async def check_index(parts: Parts) -> Check:
    try:
        status = await parts.librarian.status()
    except IndexMissing as error:
        return Check("index", State.WARNING, error.problem, error.remedy)
    finding = ENGLISH.indexed.format(
        documents=status.documents,
        passages=status.passages,
        when=describe_time(status.indexed_at),
    )
    misfit = _compare_with_settings(status, parts)
    if misfit is not None:
        return misfit
    if status.splitter != RULES:
        return Check(
            "index", State.WARNING, f"{finding}; documents are split otherwise now", RUN_INDEX
        )
    changed = await parts.librarian.count_changes()
    if changed:
        return Check(
            "index",
            State.WARNING,
            f"{finding}; changed since: {changed:,}",
            RUN_INDEX,
        )
    if status.failed:
        return Check(
            "index",
            State.WARNING,
            f"{finding}; files that could not be read: {len(status.failed):,}",
            "`openbook status` names them with the reasons.",
        )
    return Check("index", State.OK, finding)


def _compare_with_settings(status: IndexStatus, parts: Parts) -> Check | None:
    folder = parts.librarian.folder
    if status.folder != folder:
        return Check(
            "index", State.WARNING, f"The index is of {status.folder}, not of {folder}", RUN_INDEX
        )
    embedder = parts.embedder.identity if parts.embedder else "none"
    if status.embedder != embedder:
        return Check(
            "index",
            State.WARNING,
            f"built with the embedder {status.embedder}, but the settings say {embedder}",
            "Run `openbook index`; it rebuilds beside the old index.",
        )
    return None


async def check_embedder(parts: Parts) -> Check:
    if parts.embedder is None:
        return Check("embedder", State.OK, "none: search by words alone")
    vector = await parts.embedder.embed_query("Does this work?")
    settings = parts.settings
    if settings.embedder == "openai" and (
        date := await _find_shutdown(settings, settings.embedding_model)
    ):
        return Check(
            "embedder",
            State.WARNING,
            f"{settings.embedding_model} works, but will be shut down on {date}",
            "Choose another by OPENBOOK_EMBEDDING_MODEL before that day; it embeds all anew.",
        )
    return Check("embedder", State.OK, f"{parts.embedder.identity}, {len(vector):,} dimensions")


async def check_reranker(parts: Parts) -> Check:
    """Has it judge two passages: many servers have no /rerank."""
    if parts.reranker is None:
        return Check("reranker", State.OK, "none: passages are in the order of the searches")
    texts = ["Yes, this works.", "The sea is deep."]
    reranked = await parts.reranker.rerank("Does this work?", texts)
    scores = " and ".join(f"{score:.2g}" for score in reranked.scores)
    finding = f"{parts.settings.reranker} answers ({reranked.tokens:,} tokens, scores {scores})"
    return Check("reranker", State.OK, finding)


async def check_chat_model(parts: Parts) -> Check:
    """Has the model answer: only that shows that key, name and address go together."""
    settings = parts.settings
    if not settings.has_chat_model:
        return Check("model", State.OK, "none: answers are sentences of the documents")
    prompt = Prompt("Does this work?", (), answer_tokens=settings.answer_tokens)
    reply = [item async for item in parts.chat_model.reply(prompt)]
    tokens = sum(item.completion_tokens for item in reply if isinstance(item, ModelEnd))
    if date := await _find_shutdown(settings, settings.chat_model):
        return Check(
            "model",
            State.WARNING,
            f"{settings.chat_model} answers, but will be shut down on {date}",
            "Choose another by OPENBOOK_CHAT_MODEL before that day.",
        )
    return Check("model", State.OK, f"{settings.chat_model} answers ({tokens:,} tokens)")


async def _find_shutdown(settings: Settings, model: str) -> str:
    with suppress(ModelError):  # many servers have no such list
        return await find_shutdown_date(settings, model)
    return ""


async def check_counter(parts: Parts) -> Check:
    counter = await asyncio.to_thread(lambda: parts.counter)
    return Check("tokens", State.OK, f"counted by {counter.name}")


async def check_terminal(_: Parts) -> Check:
    encoding = (sys.stdout.encoding or "unknown").lower()
    if encoding.replace("-", "") != "utf8":
        return Check(
            "terminal",
            State.WARNING,
            f"writes {encoding}, which cannot show every language",
            "Set PYTHONUTF8=1 or a UTF-8 locale such as LANG=C.UTF-8.",
        )
    return Check("terminal", State.OK, f"writes {encoding}")


def _check_platform(name: str) -> Callable[[Parts], Awaitable[Check]]:
    async def look(parts: Parts) -> Check:
        return Check(name, State.OK, await CHECKS[name](parts) or "not set up")

    return look


_CHECKS: dict[str, Callable[[Parts], Awaitable[Check]]] = {
    "documents": check_knowledge,
    "access": check_access,
    "index": check_index,
    "embedder": check_embedder,
    "reranker": check_reranker,
    "model": check_chat_model,
    "tokens": check_counter,
    "terminal": check_terminal,
    **SERVING,
    **{name: _check_platform(name) for name in CHECKS},
}


async def _look(name: str, look: Callable[[Parts], Awaitable[Check]], parts: Parts) -> Check:
    try:
        async with asyncio.timeout(PATIENCE + parts.settings.answer_seconds):
            return await look(parts)
    except OpenbookError as error:
        return Check(name, State.FAILED, error.problem, error.remedy)
    except TimeoutError:
        return Check(name, State.FAILED, "it took too long", "Try again later.")
    except Exception as error:  # noqa: BLE001  (one broken check must not hide the others)
        finding = f"{type(error).__name__}: {error}"
        return Check(name, State.FAILED, finding, "Please report this.")
