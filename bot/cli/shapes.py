"""The JSON of the command line: keys that scripts rely on."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from bot.nouns import Answer, Citation, Gap, Passage, Usage
from bot.reports import IndexReport, IndexStatus


def print_json(value: object) -> None:
    """One document in UTF-8, whatever the terminal's encoding."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n"
    # half a surrogate pair has no UTF-8; escaped it is still JSON
    sys.stdout.buffer.write(text.encode("utf-8", errors="backslashreplace"))
    sys.stdout.buffer.flush()


def shape_answer(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.text,
        "outcome": answer.outcome.value,
        "citations": [_shape_citation(citation) for citation in answer.citations],
        "passages": shape_passages(answer.passages),
        "usage": shape_fields(answer.usage),
    }


def shape_passages(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    return [
        {
            "rank": rank,
            "score": passage.score,
            **_shape_place(passage),
            "text": passage.text,
            "found_by": dict(passage.found_by),
        }
        for rank, passage in enumerate(passages, start=1)
    ]


def shape_fields(value: Usage | IndexReport | IndexStatus) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def shape_gap(gap: Gap) -> dict[str, Any]:
    return {
        "number": gap.number,
        "count": len(gap.questions),
        "question": gap.question,
        "wordings": gap.wordings,
        "disliked": sum(one.disliked for one in gap.questions),
        "last": gap.questions[-1].given,
    }


def _shape_citation(citation: Citation) -> dict[str, Any]:
    return {
        "number": citation.number,
        **_shape_place(citation.passage),
        "quote": citation.quote,
    }


def _shape_place(passage: Passage) -> dict[str, Any]:
    source = passage.source
    return {
        "path": source.path,
        "title": source.name,
        "heading": source.heading,
        "page": source.page,
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON")
