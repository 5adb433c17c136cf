"""The soak for a moment; the benchmark has the long one."""

from pathlib import Path

from tests.benchmarks.soak import soak


async def test_a_steady_stream_leaves_nothing_behind(tmp_path: Path) -> None:
    outcomes = await soak(20, 5, 40, tmp_path)

    assert outcomes.asked >= 50
    assert (outcomes.lost, outcomes.doubled, outcomes.complaints) == (0, 0, ())
    assert outcomes.samples[-1].waiting == 0
    assert outcomes.samples[-1].tasks <= outcomes.samples[0].tasks
