"""The columns of the tables, and passages to and from them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from bot.nouns import Passage, Source
from bot.seams import Vectors
from bot.store.configuration import Configuration

DOCUMENTS = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("digest", pa.string()),
        pa.field("title", pa.string()),
        pa.field("format", pa.string()),
        pa.field("passages", pa.int32()),
        pa.field("failure", pa.string()),
        pa.field("failed_digest", pa.string()),
    ]
)

MANIFEST = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("generation", pa.int64()),
        pa.field("passages_version", pa.int64()),
        pa.field("documents_version", pa.int64()),
        pa.field("embedder", pa.string()),
        pa.field("dimensions", pa.int32()),
        pa.field("splitter", pa.string()),
        pa.field("folder", pa.string()),
        pa.field("access", pa.string()),
        pa.field("passages", pa.int64()),
        pa.field("documents", pa.int64()),
        pa.field("vectors_trained", pa.int64()),
        pa.field("published_at", pa.timestamp("us", "UTC")),
    ]
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage to store. `terms` is what keyword search sees; `embedding_digest` names the text
    that was embedded, so that the same text is never embedded twice. By the names it is `called`
    and those it `mentions`, the passage is linked to others."""

    passage: Passage
    terms: str
    embedding_digest: str
    called: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A file as the index knows it.

    `digest` is of the version whose passages are stored, "" if none ever could be read;
    `failure` is why the version with `failed_digest` could not be read, "" if it could.
    """

    path: str
    digest: str
    title: str
    format: str
    passages: int
    failure: str = ""
    failed_digest: str = ""


def mark_unfinished(path: str) -> DocumentRow:
    """Stands for a file while its passages are replaced: it has no digest, so a run that finds it
    reads the file again."""
    return DocumentRow(
        path,
        digest="",
        title="",
        format="",
        passages=0,
        failure="An index run was cut off while it wrote this file.",
    )


def passages_schema(configuration: Configuration) -> pa.Schema:
    fields = [
        pa.field("id", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("passage", pa.string()),  # see `_pack`
        pa.field("terms", pa.string()),
        pa.field("embedding_digest", pa.string()),
        pa.field("called", pa.list_(pa.string())),
        pa.field("mentions", pa.list_(pa.string())),
    ]
    if configuration.dimensions:
        fields.append(pa.field("vector", pa.list_(pa.float32(), configuration.dimensions)))
    metadata = {
        "embedder": configuration.embedder,
        "dimensions": str(configuration.dimensions),
        "splitter": configuration.splitter,
    }
    return pa.schema(fields, metadata=metadata)


def read_configuration(schema: pa.Schema) -> Configuration | None:
    """The configuration a passages table was made with; None if it is not one of ours."""
    metadata = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
    try:
        return Configuration(
            metadata["embedder"], int(metadata["dimensions"]), metadata["splitter"]
        )
    except (KeyError, ValueError):
        return None


def to_table(entries: Sequence[Entry], vectors: Vectors | None, schema: pa.Schema) -> pa.Table:
    """`vectors` has one row an entry, or is None in an index without vectors."""
    columns = {
        "id": [entry.passage.id for entry in entries],
        "path": [entry.passage.source.path for entry in entries],
        "passage": [_pack(entry.passage) for entry in entries],
        "terms": [entry.terms for entry in entries],
        "embedding_digest": [entry.embedding_digest for entry in entries],
        "called": [entry.called for entry in entries],
        "mentions": [entry.mentions for entry in entries],
    }
    arrays = [pa.array(columns[name], schema.field(name).type) for name in columns]
    if vectors is not None:
        flat = pa.array(vectors.reshape(-1), pa.float32())
        arrays.append(pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]))
    return pa.Table.from_arrays(arrays, schema=schema)


def to_passages(table: pa.Table) -> list[Passage]:
    """The rows of a table that holds the column `passage`, in their order."""
    return [_unpack(packed) for packed in table["passage"].to_pylist()]


def _pack(passage: Passage) -> str:
    """A passage in one column: each column more that is read costs a question a third of a
    millisecond."""
    at = passage.source
    place = (at.path, at.title, at.heading_path, at.page, at.start, at.end)
    packed = (passage.id, passage.text, passage.ordinal, place, passage.links)
    return json.dumps(packed, ensure_ascii=False)


def _unpack(packed: str) -> Passage:
    key, text, ordinal, place, links = json.loads(packed)
    path, title, heading_path, page, start, end = place
    source = Source(path, title, tuple(heading_path), page, start, end)
    return Passage(key, text, source, ordinal, links=tuple(links))


def quoted(values: Sequence[str]) -> str:
    """A list of SQL strings for an IN clause."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
