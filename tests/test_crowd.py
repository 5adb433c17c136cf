"""Many askers at once, as in the benchmark, on clocks that run fast."""

from pathlib import Path

import pytest

from tests.benchmarks.crowd import Load, ask_all

SPEED = 4.0  # more would have the machine's own delays count for the platforms' seconds
# One platform's whole limits; then both in one process, at one desk with one ledger.
CROWDS = {
    "telegram": Load(100, 2, 0.3),
    "slack": Load(60, 2, 0.3),
    "slack-http": Load(60, 2, 0.3),
    "telegram slack": Load(40, 2, 0.3),
}


@pytest.mark.parametrize("platforms", CROWDS)
async def test_all_are_answered_once_and_in_order(platforms: str, tmp_path: Path) -> None:
    load = CROWDS[platforms]
    ledger = f"sqlite:///{tmp_path}/ledger.db"
    for outcomes in (await ask_all(platforms.split(), load, ledger, SPEED)).values():
        assert outcomes.asked == load.askers * load.questions
        assert (outcomes.lost, outcomes.doubled, outcomes.disordered) == (0, 0, 0)
        assert outcomes.complaints == ()
