"""LlamaIndex for `tests.benchmarks.peers`: its reader, its sentence splitter, its vector index, and
BM25 fused with it by reciprocal ranks."""

from collections.abc import Mapping
from pathlib import Path

from harness import LIMIT, Found, Search, Vectors, run
from llama_index.core import (
    Settings,
    SimpleDirectoryReader,
    StorageContext,
    VectorStoreIndex,
    load_index_from_storage,
)
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
from llama_index.core.schema import Document, MetadataMode
from llama_index.retrievers.bm25 import BM25Retriever
from pydantic import PrivateAttr

SPLITTER = SentenceSplitter(chunk_size=400, chunk_overlap=0)


class Known(BaseEmbedding):
    _vectors: Vectors = PrivateAttr()

    def __init__(self, vectors: Vectors) -> None:
        super().__init__()
        self._vectors = vectors

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._vectors.find(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vectors.find(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._vectors.find(query)


def read(folder: Path) -> list[Document]:
    reader = SimpleDirectoryReader(
        str(folder), recursive=True, required_exts=[".md"], filename_as_id=True
    )
    documents = reader.load_data()
    for document in documents:
        path = Path(document.metadata["file_path"]).relative_to(folder.absolute()).as_posix()
        document.metadata = {"path": path}
        # The path is for us alone: the text is embedded as it stands.
        document.excluded_embed_metadata_keys = document.excluded_llm_metadata_keys = ["path"]
        document.id_ = document.id_.replace(str(folder.absolute()), "")
    return documents


class LlamaIndex:
    def list_texts(self, folder: Path) -> list[str]:
        nodes = SPLITTER.get_nodes_from_documents(read(folder))
        return [node.get_content(MetadataMode.EMBED) for node in nodes]

    def index(self, folder: Path, store: Path, vectors: Vectors) -> int:
        Settings.embed_model, Settings.transformations = Known(vectors), [SPLITTER]
        if store.exists():
            index = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(store)))
            index.refresh_ref_docs(read(folder))
        else:
            index = VectorStoreIndex.from_documents(read(folder))
        index.storage_context.persist(str(store))
        return len(index.docstore.docs)

    def open(self, store: Path, vectors: Vectors) -> Mapping[str, Search]:
        Settings.embed_model, Settings.llm = Known(vectors), MockLLM()
        index = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(store)))
        vector = index.as_retriever(similarity_top_k=LIMIT)
        keyword = BM25Retriever.from_defaults(docstore=index.docstore, similarity_top_k=LIMIT)
        hybrid = QueryFusionRetriever(
            [vector, keyword],
            mode=FUSION_MODES.RECIPROCAL_RANK,
            similarity_top_k=LIMIT,
            num_queries=1,  # others a language model would write
            use_async=False,
        )
        return {"vector": _search_by(vector), "hybrid": _search_by(hybrid)}


def _search_by(retriever: BaseRetriever) -> Search:
    def search(question: str) -> list[Found]:
        nodes = retriever.retrieve(question)
        return [(one.node.metadata["path"], one.node.get_content()) for one in nodes]

    return search


if __name__ == "__main__":
    run(LlamaIndex())
