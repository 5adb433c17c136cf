"""When something is due, by a cron expression."""

from datetime import datetime

import pytest

from bot.schedule import find_next


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 3 * * *", "2026-03-06 03:00"),
        ("*/15 * * * *", "2026-03-05 14:15"),
        ("30 6 * * mon-fri", "2026-03-06 06:30"),
        ("0 0 1 jan *", "2027-01-01 00:00"),
        ("0 12 29 2 *", "2028-02-29 12:00"),
        ("5 14 * * 0,4", "2026-03-05 14:05"),
    ],
)
def test_the_next_moment(expression: str, expected: str) -> None:
    thursday = datetime.fromisoformat("2026-03-05 14:00:00.5")
    assert find_next(expression, thursday) == datetime.fromisoformat(expected)


def test_a_moment_is_not_its_own_next() -> None:
    three = datetime.fromisoformat("2026-03-05 03:00")
    assert find_next("0 3 * * *", three) == datetime.fromisoformat("2026-03-06 03:00")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 3 * *", "must be five fields"),
        ("0 0 3 * * *", "must be five fields"),
        ("@daily", "must be five fields"),
        ("60 3 * * *", "the minute is not usable"),
        ("0 3 * * fry", "the day of the week is not usable"),
        ("0 3 30 2 *", "the day of the month is not usable"),
        ("0 3 31 4,6 *", "the day of the month is not usable"),
        ("0 3 * 2 mon#6", "the day of the week is not usable"),
        ("*/0 * * * *", "the minute is not usable"),
    ],
)
def test_what_never_comes(expression: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        find_next(expression, datetime.fromisoformat("2026-03-05"))
