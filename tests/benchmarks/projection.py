"""How many neighbours a map keeps, and what drawing it takes.

    python -m tests.benchmarks.projection INDEX [--points 2000]

INDEX is the folder of an index with vectors. Kept is the share of a passage's ten nearest by their
vectors that are among its ten nearest in the plane: by the two main components alone, and by
`openbook map`.
"""

import argparse
import asyncio
import time
from collections.abc import Callable

import numpy
from numpy.typing import NDArray

from bot.mapping.projection import Points, find_main_components, project
from bot.seams import Vectors
from bot.store.published import PublishedIndex
from tests.benchmarks.figures import print_table

NEIGHBOURS = 10
WAYS: dict[str, Callable[[Vectors], Points]] = {
    "main components": find_main_components,
    "openbook map": project,
}


def find_nearest(distances: NDArray[numpy.floating]) -> NDArray[numpy.intp]:
    numpy.fill_diagonal(distances, numpy.inf)
    return distances.argsort(axis=1)[:, :NEIGHBOURS]


def measure_kept(vectors: Vectors, points: Points) -> float:
    near = find_nearest(-(vectors @ vectors.T))
    shown = find_nearest(((points[:, None] - points[None]) ** 2).sum(axis=2))
    return float(
        numpy.mean([len({*one} & {*other}) for one, other in zip(near, shown, strict=True)])
        / NEIGHBOURS
    )


async def read_vectors(folder: str, points: int) -> Vectors:
    index = PublishedIndex(folder)
    try:
        return (await (await index.snapshot()).sample(points)).vectors
    finally:
        index.close()


def measure(vectors: Vectors) -> None:
    rows = []
    for name, way in WAYS.items():
        started, cpu = time.perf_counter(), time.process_time()
        points = way(vectors)
        seconds, spent = time.perf_counter() - started, time.process_time() - cpu
        kept = measure_kept(vectors, points)
        rows.append((name, f"{kept:.2f}", f"{seconds:.1f}", f"{spent:.1f}"))
    print_table(
        f"{len(vectors):,} points of {vectors.shape[1]} dimensions",
        ["", "neighbours kept", "seconds", "seconds of CPU"],
        rows,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("index")
    parser.add_argument("--points", type=int, default=2000)
    chosen = parser.parse_args()
    measure(asyncio.run(read_vectors(chosen.index, chosen.points)))


if __name__ == "__main__":
    main()
