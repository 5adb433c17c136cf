"""What all programs of the comparison do alike, each in its framework's own environment.

    python PROGRAM texts FOLDER OUT                     what is to be embedded, as a JSON list
    python PROGRAM index FOLDER STORE VECTORS           make the index, or bring it up to date
    python PROGRAM search STORE VECTORS QUESTIONS OUT   ask; the passages found, as JSON

Nothing is embedded: VECTORS (`.npy`, beside it `.json` with the texts and the embedder's name)
holds a vector for every text, made beforehand by Openbook's embedder. Times are without imports.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy

LIMIT = 10
PASSAGE = 1600  # characters, where a splitter is told a size: about 400 tokens

Found = tuple[str, str]  # the path of a file within the folder, the text of a passage
Search = Callable[[str], Sequence[Found]]


class Vectors:
    """Stands in for an embedder: looks up what it is asked to embed."""

    def __init__(self, path: str) -> None:
        self._matrix = numpy.load(path)
        known = json.loads(Path(path).with_suffix(".json").read_text(encoding="utf-8"))
        self.name: str = known["embedder"]
        self._rows = {text: row for row, text in enumerate(known["texts"])}

    @property
    def dimensions(self) -> int:
        return int(self._matrix.shape[1])

    def find(self, text: str) -> list[float]:
        """Raises KeyError for a text that nobody embedded."""
        vector: list[float] = self._matrix[self._rows[text]].tolist()
        return vector


class Peer(Protocol):
    def list_texts(self, folder: Path) -> list[str]:
        """What the folder's passages give to the embedder."""
        ...

    def index(self, folder: Path, store: Path, vectors: Vectors) -> int:
        """Into `store`, which may hold the index of an earlier folder. The number of passages."""
        ...

    def open(self, store: Path, vectors: Vectors) -> Mapping[str, Search]:
        """What there is to search by: `vector`, `hybrid`."""
        ...


def run(peer: Peer) -> None:
    step, *places = sys.argv[1:]
    if step == "texts":
        folder, out = map(Path, places)
        _write(out, peer.list_texts(folder))
    elif step == "index":
        folder, store = map(Path, places[:2])
        vectors = Vectors(places[2])
        started = time.perf_counter()
        passages = peer.index(folder, store, vectors)
        seconds = time.perf_counter() - started
        sys.stdout.write(json.dumps({"seconds": seconds, "passages": passages}) + "\n")
    else:
        searches = peer.open(Path(places[0]), Vectors(places[1]))
        questions = json.loads(Path(places[2]).read_text(encoding="utf-8"))
        answers = {
            mode: [_ask(search, one) for one in questions] for mode, search in searches.items()
        }
        _write(Path(places[3]), {"answers": answers, "megabytes": _measure_memory()})


def list_files(folder: Path) -> list[tuple[str, str]]:
    """Path within the folder, and text, of every Markdown file."""
    return [
        (path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.md"))
    ]


def _ask(search: Search, question: str) -> dict[str, object]:
    started = time.perf_counter()
    found = search(question)
    return {"seconds": time.perf_counter() - started, "found": list(found)}


def _measure_memory() -> float:
    """The largest resident size of this process; what getrusage says is at least that of the one
    that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
