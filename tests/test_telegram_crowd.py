"""Many askers at once, as in the benchmark, on a clock that runs fast."""

from adapters.telegram.pacing import Tempo
from tests.benchmarks.crowd import ask_all
from tests.telegram_bots import speed_up

SPEED = 4.0  # more would have the machine's own delays count for Telegram's seconds


async def test_nothing_is_lost_or_doubled_and_every_chat_is_answered_in_order() -> None:
    tempo = speed_up(Tempo(), SPEED)
    outcomes = await ask_all(100, 2, 0.3, speed=SPEED, tempo=tempo)

    assert (outcomes.asked, outcomes.lost, outcomes.doubled, outcomes.disordered) == (200, 0, 0, 0)
