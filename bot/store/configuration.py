"""What an index is built with, and what it publishes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Configuration:
    """An index built with another configuration is rebuilt. `dimensions` is 0 without vectors."""

    embedder: str
    dimensions: int
    splitter: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The published state: which generation and versions of its tables readers use.

    `folder` is the absolute path of the documents, `access` who may see which of its folders, as
    `bot.access` writes it.
    `vectors_trained` is the number of passages that the vector index was trained on, 0 while
    search is exact.
    """

    generation: int
    passages_version: int
    documents_version: int
    configuration: Configuration
    folder: str
    access: str
    passages: int
    documents: int
    vectors_trained: int
    published_at: datetime

    @property
    def version(self) -> str:
        return f"{self.generation}.{self.passages_version}.{self.documents_version}"
