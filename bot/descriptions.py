"""Values in words: where a passage stands, what an index run did, what an answer cost. What comes
from documents is made harmless: a quote calls nobody."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from bot.answering.links import allow, find_allowed
from bot.answering.safety import neutralise
from bot.nouns import Answer, Citation, Evidence, Excerpt, Passage, Source
from bot.reports import IndexReport, IndexStatus, Progress
from bot.texts import Words

SHOWN = 10  # paths of each kind in a report; --json has them all
EXCERPT = 240  # characters
RERANKING = ("fused", "reranker")


def describe_place(source: Source, words: Words) -> str:
    """`handbook/install.md › Install › Linux, page 3`."""
    place = " › ".join((source.path, *source.heading_path))
    place = neutralise(place, find_allowed([place]))
    return place + (words.page.format(page=source.page) if source.page else "")


def list_sources(
    citations: Iterable[Citation], words: Words, said: str = ""
) -> tuple[Excerpt, ...]:
    """Each cited passage once, under its number, with the sentences that carry the claims, save
    those that stand word for word in what was `said`."""
    places: dict[int, str] = {}
    quotes: dict[int, list[str]] = {}
    for citation in citations:
        places[citation.number] = describe_place(citation.passage.source, words)
        known = quotes.setdefault(citation.number, [])
        quote = _quote(citation.passage, citation.quote)
        if citation.quote not in said and quote not in known:
            known.append(quote)
    return tuple(
        Excerpt(f"[{number}]", places[number], tuple(quotes[number])) for number in sorted(places)
    )


def list_passages(passages: Iterable[Passage], words: Words) -> tuple[Excerpt, ...]:
    return tuple(
        Excerpt(
            f"{rank}.",
            describe_place(passage.source, words),
            (_quote(passage, passage.text),),
        )
        for rank, passage in enumerate(passages, start=1)
    )


def describe_excerpts(excerpts: Iterable[Excerpt]) -> str:
    """As plain text, quotes indented."""
    return "\n".join(
        "\n".join([f"{one.mark} {one.place}", *(f"    “{quote}”" for quote in one.quotes)])
        for one in excerpts
    )


def _quote(passage: Passage, text: str) -> str:
    return neutralise(shorten(text), allow([passage]))


def describe_found_by(passage: Passage) -> str:
    """`keyword 2, vector 1, fused 4, reranker 1`: the searches that found it, each with the rank it
    gave, then the rank before the reranker and its own."""
    ranks = sorted(passage.found_by.items(), key=lambda one: (one[0] in RERANKING, one[0]))
    return ", ".join(f"{name} {rank}" for name, rank in ranks)


def was_reranked(passages: Iterable[Passage]) -> bool | None:
    """None where it was not to be."""
    names = {name for passage in passages for name in passage.found_by}
    return "reranker" in names if "fused" in names else None


def describe_evidence(evidence: Evidence, words: Words) -> str:
    return words.evidence.format(score=evidence.score, threshold=evidence.threshold)


def describe_cost(answer: Answer, words: Words) -> str:
    usage = answer.usage
    return words.cost.format(
        model=usage.model,
        seconds=usage.seconds.get("total", 0.0),
        tokens=words.tokens.format(tokens=usage.tokens),
        price=describe_price(usage.price, words),
    )


def describe_price(price: float | None, words: Words) -> str:
    """Dollars with as many digits as are worth reading."""
    if price is None:
        return words.price_unknown
    if price == 0:
        return words.free
    return f"${price:,.2f}" if price >= 1 else f"${price:.2g}" if price >= 0.0001 else "< $0.0001"


def describe_size(size: int) -> str:
    """Bytes in the largest unit that leaves a whole number: `12 MB`, `980 kB`, `3 B`."""
    for unit, name in ((1_000_000, "MB"), (1000, "kB")):
        if size >= unit:
            return f"{size / unit:.0f} {name}"
    return f"{size} B"


def describe_progress(progress: Progress, words: Words) -> str:
    line = words.progress.get(progress.stage, words.reindexing)
    share = progress.done / max(1, progress.total)
    return line.format(done=progress.done, total=progress.total, share=share)


def describe_time(time: datetime) -> str:
    """In the time zone of this machine."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M")


def describe_status(status: IndexStatus, words: Words) -> str:
    when = describe_time(status.indexed_at)
    lines = [
        words.indexed.format(documents=status.documents, passages=status.passages, when=when),
        words.embedder.format(embedder=status.embedder, dimensions=status.dimensions)
        if status.dimensions
        else words.no_embedder,
        *_list_reasons(words.failed_files, status.failed, words, status.stale),
    ]
    return "\n".join(lines)


def describe_report(report: IndexReport, words: Words) -> str:
    """What happened to each file, then the figures; long lists are cut to the first few."""
    changes = [*_list_changes(report, words)]
    if not (changes or report.failed or report.rebuilt):
        changes = [words.unchanged_all.format(unchanged=report.unchanged)]
    elif report.unchanged:
        changes.append(f"{words.counts['unchanged']}: {report.unchanged:,}")
    lines = [
        *([_describe_move(report, words)] if report.folder_before else []),
        *([words.rebuilt.format(reason=report.rebuilt)] if report.rebuilt else []),
        *changes,
        *_list_reasons(words.failed_files, report.failed, words, report.stale),
        *_list_reasons(words.remarks, report.warnings, words),
        *_list_reasons(words.skipped, report.skipped, words),
        _describe_figures(report, words),
        *([words.would_do] if report.dry_run else []),
    ]
    return "\n".join(lines)


def shorten(text: str, limit: int = EXCERPT) -> str:
    """On one line, cut at a space where there is one near."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[:limit]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit * 0.8 else cut) + "…"


def _describe_move(report: IndexReport, words: Words) -> str:
    return words.folder_moved.format(before=report.folder_before, now=report.folder)


def _list_changes(report: IndexReport, words: Words) -> Iterator[str]:
    moves = tuple(f"{old} → {new}" for old, new in report.moved)
    moved = {path for pair in report.moved for path in pair}
    kinds = (
        ("added", tuple(path for path in report.added if path not in moved)),
        ("changed", report.changed),
        ("moved", moves),
        ("removed", tuple(path for path in report.removed if path not in moved)),
    )
    for kind, paths in kinds:
        if paths:
            yield f"{words.counts[kind]}: {len(paths):,}"
            yield from _cut_list(paths, words)


def _list_reasons(
    head: str, reasons: Mapping[str, str], words: Words, stale: Iterable[str] = ()
) -> Iterator[str]:
    if not reasons:
        return
    yield head
    old = set(stale)
    lines = [
        f"{path}: {reason}" + (f" ({words.still_answers})" if path in old else "")
        for path, reason in reasons.items()
    ]
    yield from _cut_list(lines, words)


def _cut_list(lines: Iterable[str], words: Words) -> Iterator[str]:
    every = list(lines)
    yield from (f"  {line}" for line in every[:SHOWN])
    if len(every) > SHOWN:
        yield "  " + words.more.format(count=len(every) - SHOWN)


def _describe_figures(report: IndexReport, words: Words) -> str:
    price = describe_price(report.price, words)
    tokens = words.tokens.format(tokens=report.tokens)
    embedded = words.would_embed if report.dry_run else words.embedded
    parts = [words.passages.format(passages=report.passages)]
    if report.embedded:
        parts.append(embedded.format(embedded=report.embedded, tokens=tokens, price=price))
    return ", ".join([*parts, f"{report.seconds:.1f} s"])
