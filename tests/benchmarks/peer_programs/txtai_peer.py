"""txtai for `tests.benchmarks.peers`: paragraphs of its segmentation, and its index of
vectors and keywords. It compares no folder with its index: what has changed is found
here, and handed to its `upsert` and `delete`."""

from collections.abc import Mapping
from pathlib import Path

import numpy
from harness import LIMIT, Found, Search, Vectors, list_files, run
from txtai import Embeddings
from txtai.pipeline import Segmentation


def split(folder: Path) -> dict[str, tuple[str, str]]:
    """By id, path and text."""
    segment = Segmentation(paragraphs=True)
    return {
        f"{path}#{number}": (path, text)
        for path, content in list_files(folder)
        for number, text in enumerate(segment(content))
    }


def configure(vectors: Vectors) -> dict[str, object]:
    def transform(texts: list[str]) -> numpy.ndarray:
        return numpy.array(list(map(vectors.find, texts)), numpy.float32)

    return {"method": "external", "transform": transform, "content": True, "hybrid": True}


class Txtai:
    def list_texts(self, folder: Path) -> list[str]:
        return [text for _, text in split(folder).values()]

    def index(self, folder: Path, store: Path, vectors: Vectors) -> int:
        passages = split(folder)
        embeddings = Embeddings(configure(vectors))
        rows = [(key, {"text": text, "path": path}) for key, (path, text) in passages.items()]
        if not store.exists():
            embeddings.index(rows)
        else:
            embeddings.load(str(store), config=configure(vectors))
            found = embeddings.search("select id, text from txtai", embeddings.count())
            known = {row["id"]: row["text"] for row in found}
            embeddings.delete([key for key in known if key not in passages])
            embeddings.upsert([row for row in rows if known.get(row[0]) != row[1]["text"]])
        embeddings.save(str(store))
        return int(embeddings.count())

    def open(self, store: Path, vectors: Vectors) -> Mapping[str, Search]:
        embeddings = Embeddings()
        embeddings.load(str(store), config=configure(vectors))

        def make(weight: float) -> Search:
            def search(question: str) -> list[Found]:
                rows = embeddings.search(
                    "select path, text, score from txtai where similar(:words, :most, :weight)",
                    limit=LIMIT,
                    parameters={"words": question, "most": 10 * LIMIT, "weight": weight},
                )
                return [(row["path"], row["text"]) for row in rows]

            return search

        return {"vector": make(1.0), "hybrid": make(0.5)}


if __name__ == "__main__":
    run(Txtai())
