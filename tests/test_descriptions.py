"""Words for figures: progress as people read it."""

import pytest

from bot.descriptions import describe_progress
from bot.reports import Progress
from bot.texts import CHINESE, ENGLISH, Words


@pytest.mark.parametrize(
    ("progress", "words", "line"),
    [
        (Progress("reading", 1200, 3000), ENGLISH, "Reading documents: 1,200 of 3,000"),
        (Progress("embedding", 75_298, 98_189), ENGLISH, "Embedding passages: 77%"),
        (Progress("embedding", 0, 0), ENGLISH, "Embedding passages: 0%"),
        (Progress("embedding", 98_189, 98_189), CHINESE, "正在计算向量：100%"),
        (Progress("writing", 0, 1), CHINESE, "正在写入索引……"),
        (Progress("something new", 0, 1), ENGLISH, ENGLISH.reindexing),
    ],
)
def test_progress_reads_well(progress: Progress, words: Words, line: str) -> None:
    assert describe_progress(progress, words) == line
