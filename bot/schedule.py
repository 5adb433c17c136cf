"""When something is due, by a cron expression of five fields in local time."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

GLANCE = 60.0  # seconds between looks at the clock, which may be set and may stand in sleep


def tell_time() -> datetime:
    """Local, without a time zone, as cron expressions are meant."""
    return datetime.now(UTC).astimezone().replace(tzinfo=None)


async def wait_until(moment: datetime, clock: Callable[[], datetime]) -> None:
    while (left := (moment - clock()).total_seconds()) > 0:  # noqa: ASYNC110 - a clock tells nobody
        await asyncio.sleep(min(left, GLANCE))


def find_next(expression: str, after: datetime) -> datetime:
    """The next moment after that one; both are local and without a time zone. Raises ValueError
    for what is no expression, or one that never comes."""
    if len(expression.split()) != 5:
        raise ValueError("must be five fields: minute, hour, day, month, day of the week")
    try:
        moment: datetime = next(CronSim(expression, after))
    except CronSimError as error:
        raise ValueError(f"{_name_field(str(error))} is not usable") from None
    except StopIteration:
        raise ValueError("names a day that never comes") from None
    return moment


def _name_field(said: str) -> str:
    """`Bad day-of-week`, as the library says it, in our words."""
    return "the " + said.removeprefix("Bad ").replace("-of-", " of the ")
