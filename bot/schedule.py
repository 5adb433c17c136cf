"""When something is due, by a cron expression of five fields in local time."""

from datetime import datetime

from cronsim import CronSim, CronSimError


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
