"""`openbook index`: runs the librarian, shows how far it is and what it did."""

import asyncio

from adapters.terminal import make_console, make_safe
from bot.cli.guard import complain
from bot.cli.progress import ProgressBar
from bot.cli.shapes import print_json, shape_fields
from bot.descriptions import describe_price, describe_report
from bot.errors import OpenbookError
from bot.reports import IndexReport
from bot.settings import Settings, read_settings
from bot.texts import ENGLISH
from bot.wiring import Parts, open_parts


async def index_once(*, dry_run: bool, rebuild: bool, yes: bool, as_json: bool) -> int:
    """1 when no file could be read, else 0: one bad file costs one line."""
    settings = read_settings()
    async with open_parts(settings) as parts:
        report = await _index(parts, settings, dry_run=dry_run, rebuild=rebuild, yes=yes)
    if as_json:
        print_json(shape_fields(report))
    elif _has_files(report) or report.failed or report.skipped:
        _show(report)
    if _has_files(report):
        return 0
    if not report.failed:
        complain(
            f"There are no documents in {settings.knowledge}.",
            "Put documents there, or set OPENBOOK_KNOWLEDGE to the folder that has them.",
        )
    return 1


async def follow_folder(*, rebuild: bool, yes: bool) -> int:
    """Until Ctrl-C. A run that fails is said and tried again after the next change."""
    settings = read_settings()
    async with open_parts(settings) as parts:
        _show(await _index(parts, settings, dry_run=False, rebuild=rebuild, yes=yes))
        complain(f"Following {settings.knowledge}. Ctrl-C stops.")
        async for outcome in parts.librarian.watch():
            if isinstance(outcome, OpenbookError):
                complain(outcome.problem, outcome.remedy)
            elif outcome.version_after != outcome.version_before:
                _show(outcome)
    return 0


async def _index(
    parts: Parts, settings: Settings, *, dry_run: bool, rebuild: bool, yes: bool
) -> IndexReport:
    if settings.embedder == "openai" and not dry_run:
        await _announce_price(parts, rebuild=rebuild)
    try:
        with ProgressBar() as bar:
            return await parts.librarian.index(
                dry_run=dry_run,
                rebuild=rebuild,
                agree=_agree if yes else bar.ask_to_delete,
                progress=bar.show,
            )
    except asyncio.CancelledError:
        complain("The index is as it was; the next run goes on from here.")
        raise


async def _announce_price(parts: Parts, *, rebuild: bool) -> None:
    plan = await parts.librarian.index(dry_run=True, rebuild=rebuild)
    if plan.embedded:
        price = describe_price(plan.price, ENGLISH)
        complain(f"To embed: {plan.embedded:,} passages, {plan.tokens:,} tokens, {price}.")


async def _agree(deleted: int, total: int) -> bool:
    complain(f"Deleting {deleted:,} of {total:,} passages.")
    return True


def _show(report: IndexReport) -> None:
    make_console().print(make_safe(describe_report(report, ENGLISH)))


def _has_files(report: IndexReport) -> bool:
    """Whether the index has a file, or the run did what emptied it."""
    changes = (report.added, report.changed, report.moved, report.removed, report.stale)
    return bool(report.unchanged or any(changes))
