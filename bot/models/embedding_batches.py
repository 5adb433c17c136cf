"""Divides texts into embedding requests that a server takes."""

import re
from collections.abc import Sequence

import openai

TOKENS_PER_TEXT = 8192
TOKENS_PER_REQUEST = 300_000

_ABOUT_SIZE = re.compile(
    r"batch|array|\btoo (many|large|long)|maximum|at most|larger than|no more than", re.IGNORECASE
)
_LIMIT = re.compile(
    r"(?:larger than|more than|exceed|at most|maximum|max|limit)\D{0,40}?(\d+)", re.IGNORECASE
)


def plan_batches(tokens: Sequence[int], most: int) -> list[slice]:
    """Stretches, in order, of at most `most` texts and TOKENS_PER_REQUEST tokens each."""
    batches: list[slice] = []
    start, total = 0, 0
    for place, count in enumerate(tokens):
        if place > start and (place - start == most or total + count > TOKENS_PER_REQUEST):
            batches.append(slice(start, place))
            start, total = place, 0
        total += count
    if start < len(tokens):
        batches.append(slice(start, len(tokens)))
    return batches


def is_about_size(refusal: openai.APIStatusError) -> bool:
    """Whether fewer texts in a request may please the server. Says yes when in doubt."""
    return refusal.status_code == 413 or (
        refusal.status_code in (400, 422) and _ABOUT_SIZE.search(refusal.message) is not None
    )


def find_smaller(refusal: openai.APIStatusError, refused: int) -> int:
    """How many texts to send after `refused` were too many: what the server says, else half."""
    stated = _LIMIT.search(refusal.message)
    if stated and 0 < int(stated[1]) < refused:
        return int(stated[1])
    return refused // 2
