"""The names of all passages, as numbers: what the graph of a snapshot is made of."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[numpy.int64]


@dataclass(frozen=True, slots=True)
class Names:
    """`rows` names the passages in the snapshot, `documents` says which of the `paths` each is of.
    A passage `passages[i]` has the name with the number `names[i]`: it is called so where
    `called[i]`, else it mentions it. `openings` are the numbers of the first two words of the names
    that passages are called. Names are numbered by `hash` of their text, so the numbers mean
    something in this process only."""

    rows: Numbers
    documents: Numbers
    paths: tuple[str, ...]
    passages: NDArray[numpy.int32]
    names: Numbers
    called: NDArray[numpy.bool_]
    openings: Numbers


class NameReader:
    """Takes in the passages of a table piece by piece, so that their texts need not be in memory
    together. `open_name` gives the first two words of a name."""

    def __init__(self, open_name: Callable[[str], str]) -> None:
        self._open_name = open_name
        self._paths: dict[str, int] = {}
        self._rows: list[Numbers] = []
        self._documents: list[Numbers] = []
        self._edges: list[tuple[NDArray[numpy.int32], Numbers, bool]] = []
        self._openings: list[Numbers] = []
        self._count = 0

    def add(self, batch: pa.RecordBatch) -> None:
        rows = batch["_rowid"].to_numpy(zero_copy_only=False).astype(numpy.int64)
        paths = batch["path"].dictionary_encode()
        numbers = [
            self._paths.setdefault(p, len(self._paths)) for p in paths.dictionary.to_pylist()
        ]
        self._rows.append(rows)
        self._documents.append(numpy.array(numbers, numpy.int64)[paths.indices.to_numpy()])
        for column in ("called", "mentions"):
            lists = batch[column]
            texts = lists.flatten().dictionary_encode()
            kinds = texts.dictionary.to_pylist()
            names = _number(kinds)[texts.indices.to_numpy()]
            lengths = numpy.asarray(lists.value_lengths().fill_null(0), numpy.int64)
            passages = numpy.arange(self._count, self._count + len(rows), dtype=numpy.int32)
            self._edges.append((numpy.repeat(passages, lengths), names, column == "called"))
            if column == "called":
                openings = {self._open_name(name) for name in kinds} - {""}
                self._openings.append(_number(list(openings)))
        self._count += len(rows)

    def finish(self) -> Names:
        lengths = [len(names) for _, names, _ in self._edges]
        return Names(
            _join(self._rows),
            _join(self._documents),
            tuple(self._paths),
            numpy.concatenate([numpy.empty(0, numpy.int32), *(one for one, _, _ in self._edges)]),
            _join([names for _, names, _ in self._edges]),
            numpy.repeat(numpy.array([called for _, _, called in self._edges], bool), lengths),
            numpy.unique(_join(self._openings)),
        )


def _number(texts: list[str]) -> Numbers:
    return numpy.fromiter(map(hash, texts), numpy.int64, len(texts))


def _join(parts: list[Numbers]) -> Numbers:
    return numpy.concatenate([numpy.empty(0, numpy.int64), *parts])
