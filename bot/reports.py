"""What an index run did, how far it is, and what is indexed. Paths are relative to the folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Paths by what happened to them; `failed` maps path to reason. A failed file whose last good
    version keeps answering is in `stale` too. `warnings` maps path to remark.
    `folder` is the absolute path of the documents, `folder_before` that of another folder the index
    was made from until now, else ""."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    unchanged: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    warnings: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    passages: int = 0
    embedded: int = 0
    tokens: int = 0
    price: float | None = 0.0
    seconds: float = 0.0
    version_before: str = ""
    version_after: str = ""
    folder: str = ""
    folder_before: str = ""
    dry_run: bool = False
    rebuilt: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an index run is: `stage` is "reading", of so many documents, "embedding", of
    so many bytes of them, or "writing"."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What is indexed, when, and with what. `failed` and `stale` are as in the last report,
    `folder` as in that of the run that published it."""

    version: str
    indexed_at: datetime
    documents: int
    passages: int
    embedder: str
    dimensions: int
    splitter: str
    failed: Mapping[str, str] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Introduction:
    """What somebody who is new learns first: how much is indexed and since when, titles of some
    documents, questions that their headings ask or answer."""

    documents: int
    indexed_at: datetime
    titles: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
