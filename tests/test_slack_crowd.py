"""Many askers at once, as in the benchmark, on a clock that runs fast."""

import pytest

from tests.benchmarks.slack_crowd import ask_all

SPEED = 4.0  # more would have the machine's own delays count for Slack's seconds


@pytest.mark.parametrize("http", [False, True], ids=["sockets", "http"])
async def test_nothing_is_lost_or_doubled_and_every_chat_is_answered_in_order(http: bool) -> None:
    outcomes = await ask_all(60, 2, 0.3, speed=SPEED, http=http)

    assert (outcomes.asked, outcomes.lost, outcomes.doubled, outcomes.disordered) == (120, 0, 0, 0)
    assert (outcomes.violations, outcomes.floods) == ((), 0)
