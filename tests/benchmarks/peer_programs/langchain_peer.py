"""LangChain with Chroma for `tests.benchmarks.peers`: its Markdown-aware recursive splitter, its
indexing API, and BM25 in an ensemble with Chroma."""

from collections.abc import Mapping
from pathlib import Path

from harness import LIMIT, PASSAGE, Found, Search, Vectors, list_files, run
from langchain_chroma import Chroma
from langchain_classic.indexes import SQLRecordManager
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.indexing import index as bring_up_to_date
from langchain_core.retrievers import BaseRetriever
from langchain_text_splitters import MarkdownTextSplitter

SPLITTER = MarkdownTextSplitter(chunk_size=PASSAGE, chunk_overlap=0)


class Known(Embeddings):
    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return list(map(self._vectors.find, texts))

    def embed_query(self, text: str) -> list[float]:
        return self._vectors.find(text)


def split(folder: Path) -> list[Document]:
    documents = [Document(text, metadata={"source": path}) for path, text in list_files(folder)]
    return SPLITTER.split_documents(documents)


def open_chroma(store: Path, vectors: Vectors) -> Chroma:
    return Chroma(
        "peers",
        Known(vectors),
        persist_directory=str(store),
        collection_metadata={"hnsw:space": "cosine"},
    )


class LangChain:
    def list_texts(self, folder: Path) -> list[str]:
        return [document.page_content for document in split(folder)]

    def index(self, folder: Path, store: Path, vectors: Vectors) -> int:
        store.mkdir(exist_ok=True)
        records = SQLRecordManager("peers", db_url=f"sqlite:///{store}/records.db")
        records.create_schema()
        chroma = open_chroma(store, vectors)
        bring_up_to_date(
            split(folder),
            records,
            chroma,
            cleanup="full",
            source_id_key="source",
            key_encoder="sha256",
        )
        return len(chroma.get(include=[])["ids"])

    def open(self, store: Path, vectors: Vectors) -> Mapping[str, Search]:
        chroma = open_chroma(store, vectors)
        vector = chroma.as_retriever(search_kwargs={"k": LIMIT})
        stored = chroma.get()
        keyword = BM25Retriever.from_texts(stored["documents"], stored["metadatas"], k=LIMIT)
        hybrid = EnsembleRetriever(retrievers=[vector, keyword], weights=[0.5, 0.5])
        return {"vector": _search_by(vector), "hybrid": _search_by(hybrid)}


def _search_by(retriever: BaseRetriever) -> Search:
    def search(question: str) -> list[Found]:
        documents = retriever.invoke(question)[:LIMIT]
        return [(one.metadata["source"], one.page_content) for one in documents]

    return search


if __name__ == "__main__":
    run(LangChain())
