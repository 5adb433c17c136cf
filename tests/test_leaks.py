"""No word, title, path or count of what somebody may not see shows in anything they are told."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as some

from tests.leaks import Person, World, draw_world, find_leaks, make_people


@settings(max_examples=25, deadline=None)
@given(
    world=some.integers(0, 1_000_000).map(draw_world),
    person=some.sampled_from(make_people()),
    talk=some.integers(0, 1000),
)
def test_nobody_is_told_of_what_is_closed_to_them(world: World, person: Person, talk: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(find_leaks(world, person, talk, Path(folder))) == []
