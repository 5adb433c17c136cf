"""From unit vectors of hundreds of dimensions to points in the plane.

The two main components keep the large distances and lose most neighbours; t-SNE (van der Maaten
and Hinton, Visualizing Data using t-SNE, Journal of Machine Learning Research 9, 2008), begun from
them, keeps neighbours together. `python -m tests.benchmarks.projection` prints how many. It is
the exact one: time grows with the square of the number of points, of which there are few thousand
at most, and no library is needed for it. Nothing is left to chance: the same vectors give the same
picture.
"""

import math

import numpy
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bot.seams import Vectors

Points = NDArray[numpy.float32]
Matrix = NDArray[numpy.float32]

FEW = 12  # points that have no neighbourhoods to keep
PERPLEXITY = 15.0  # about how many neighbours a point holds on to
STEPS, EARLY = 300, 80  # in the early steps neighbours pull harder, so that groups form
EXAGGERATION = 8.0
SEARCH_STEPS = 40  # of the bisection for a point's bandwidth


def project(vectors: Vectors) -> Points:
    """Shape (n, 2), from 0 to 1 on both axes."""
    # BLAS threads spin while they wait: beside other work that takes several times as long.
    with threadpool_limits(limits=1, user_api="blas"):
        points = find_main_components(vectors)
        if len(points) > FEW:
            points = _embed(_find_affinities(vectors), points)
        return _fit(points)


def find_main_components(vectors: Vectors) -> Points:
    """The two directions of most variance; columns of 0 where there are not so many."""
    centred = (vectors - vectors.mean(axis=0)).astype(numpy.float32)
    left, sizes, _ = numpy.linalg.svd(centred, full_matrices=False)
    points = numpy.zeros((len(vectors), 2), numpy.float32)
    found = (left * sizes)[:, :2]
    # The sign of a component means nothing: the side with the larger coordinates is up.
    signs = numpy.sign(found[numpy.abs(found).argmax(axis=0), range(found.shape[1])])
    points[:, : found.shape[1]] = found * numpy.where(signs == 0, 1, signs)
    return points


def _find_affinities(vectors: Vectors) -> Matrix:
    """How much each pair belongs together: symmetric, and 1 in all."""
    distances = numpy.maximum(0, 2 - 2 * (vectors @ vectors.T)).astype(numpy.float32)
    numpy.fill_diagonal(distances, numpy.inf)
    wanted = math.log(min(PERPLEXITY, (len(vectors) - 1) / 3))
    low = numpy.zeros(len(vectors), numpy.float32)
    high = numpy.full(len(vectors), numpy.inf, numpy.float32)
    sharpness = numpy.ones(len(vectors), numpy.float32)
    distances -= distances.min(axis=1, keepdims=True)
    for _ in range(SEARCH_STEPS):
        weights = numpy.exp(-distances * sharpness[:, None])
        shares = weights / weights.sum(axis=1, keepdims=True)
        entropy = -(shares * numpy.log(numpy.maximum(shares, 1e-12))).sum(axis=1)
        wide = entropy > wanted
        low, high = numpy.where(wide, sharpness, low), numpy.where(wide, high, sharpness)
        sharpness = numpy.where(numpy.isinf(high), low * 2, (low + high) / 2)
    together = shares + shares.T
    together /= together.sum()
    together[together < 1e-12] = 0  # what processors are slow to reckon with
    return numpy.asarray(together, numpy.float32)


def _embed(affinities: Matrix, start: Points) -> Points:
    """Gradient descent with momentum and a gain for each coordinate, as in the paper's program."""
    size = len(start)
    points = start / max(float(start[:, 0].std()), 1e-12) * 1e-2
    moved, gains = numpy.zeros_like(points), numpy.ones_like(points)
    rate = max(50.0, size / EXAGGERATION)
    for step in range(STEPS):
        early = step < EARLY
        slope = _find_slope(affinities, points, EXAGGERATION if early else 1.0)
        gains = numpy.maximum(0.01, numpy.where(slope * moved < 0, gains + 0.2, gains * 0.8))
        moved = (0.5 if early else 0.8) * moved - rate * gains * slope
        points = points + moved
        points -= points.mean(axis=0)
    return numpy.asarray(points)


def _find_slope(affinities: Matrix, points: Points, pull: float) -> Points:
    squares = (points**2).sum(axis=1)
    closeness = points @ (-2 * points.T)  # one matrix for all: most of the time goes to memory
    closeness += squares[:, None]
    closeness += squares + 1
    numpy.maximum(closeness, 1, out=closeness)
    numpy.reciprocal(closeness, out=closeness)
    numpy.fill_diagonal(closeness, 0)
    forces = affinities * pull
    forces -= closeness / closeness.sum()
    forces *= closeness
    return numpy.asarray(4 * (forces.sum(axis=1)[:, None] * points - forces @ points))


def _fit(points: Points) -> Points:
    """Into the unit square; both axes keep their scale."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max()) or 1.0
    return numpy.asarray((points - (low + high) / 2) / extent + 0.5)
