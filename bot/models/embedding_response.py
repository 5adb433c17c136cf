"""Reads an embedding response and trusts nothing in it."""

import base64
import json
from typing import Any

import numpy

from bot.errors import ModelBroken
from bot.models.openai_faults import Fault, not_json
from bot.seams import Vectors


def read_vectors(content: bytes, count: int) -> Vectors:
    """Unit vectors in the order of the texts, shape (count, dimensions).

    Raises Fault for other counts, uneven lengths and values that are no direction.
    """
    try:
        entries = json.loads(content)["data"]
        rows = [_read_row(entry["embedding"]) for entry in _in_order(entries)]
    except (ValueError, KeyError, TypeError):
        raise Fault(not_json()) from None
    if len(rows) != count:
        raise _broken(f"gave {len(rows)} vectors for {count} texts")
    if not rows[0].size or any(row.shape != rows[0].shape for row in rows):
        raise _broken("gave vectors of different lengths")
    vectors: Vectors = numpy.stack(rows)
    # Scaled first: squares of large values must not overflow.
    largest = numpy.abs(vectors).max(axis=1, keepdims=True)
    if not numpy.isfinite(largest).all() or not largest.all():
        raise _broken("gave vectors that are zero or not finite")
    vectors /= largest
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _in_order(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if all("index" in entry for entry in entries):
        return sorted(entries, key=lambda entry: int(entry["index"]))
    return entries


def _read_row(embedding: str | list[float]) -> Vectors:
    if isinstance(embedding, str):
        return numpy.frombuffer(base64.b64decode(embedding), dtype="<f4").astype(numpy.float32)
    return numpy.array(embedding, dtype=numpy.float32).reshape(-1)


def _broken(what: str) -> Fault:
    return Fault(ModelBroken(f"The embedding server {what}.", "Check OPENBOOK_EMBEDDING_MODEL."))
