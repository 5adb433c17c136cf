"""Haystack for `tests.benchmarks.peers`: its recursive splitter and its store in memory, by vectors
and fused with BM25. It compares no folder with its store: unchanged passages are skipped by their
ids, and what is gone is deleted here."""

from collections.abc import Mapping
from pathlib import Path

from harness import LIMIT, PASSAGE, Found, Search, Vectors, list_files, run
from haystack import Document
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import RecursiveDocumentSplitter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.document_stores.types import DuplicatePolicy

FILE = "store.json"


def split(folder: Path) -> list[Document]:
    splitter = RecursiveDocumentSplitter(
        split_length=PASSAGE, split_overlap=0, split_unit="char", separators=["\n\n", "\n", ". "]
    )
    documents = [Document(content=text, meta={"path": path}) for path, text in list_files(folder)]
    return list(splitter.run(documents)["documents"])


def text_of(document: Document) -> str:
    return document.content or ""


class Haystack:
    def list_texts(self, folder: Path) -> list[str]:
        return list(map(text_of, split(folder)))

    def index(self, folder: Path, store: Path, vectors: Vectors) -> int:
        store.mkdir(exist_ok=True)
        file = store / FILE
        kept = InMemoryDocumentStore()
        if file.exists():
            kept = InMemoryDocumentStore.load_from_disk(str(file))
        documents = split(folder)
        known = {(one.meta["path"], text_of(one)): one.id for one in kept.filter_documents()}
        wanted = {(one.meta["path"], text_of(one)) for one in documents}
        new = [one for one in documents if (one.meta["path"], text_of(one)) not in known]
        for document in new:
            document.embedding = vectors.find(text_of(document))
        kept.delete_documents([key for place, key in known.items() if place not in wanted])
        kept.write_documents(new, policy=DuplicatePolicy.OVERWRITE)
        kept.save_to_disk(str(file))
        return kept.count_documents()

    def open(self, store: Path, vectors: Vectors) -> Mapping[str, Search]:
        kept = InMemoryDocumentStore.load_from_disk(str(store / FILE))
        joiner = DocumentJoiner("reciprocal_rank_fusion", top_k=LIMIT)

        def vector(question: str) -> list[Document]:
            return kept.embedding_retrieval(vectors.find(question), top_k=LIMIT)

        def hybrid(question: str) -> list[Document]:
            keyword = kept.bm25_retrieval(question, top_k=LIMIT)
            return list(joiner.run([vector(question), keyword])["documents"])

        return {
            "vector": lambda question: _shape(vector(question)),
            "hybrid": lambda question: _shape(hybrid(question)),
        }


def _shape(documents: list[Document]) -> list[Found]:
    return [(one.meta["path"], text_of(one)) for one in documents]


if __name__ == "__main__":
    run(Haystack())
