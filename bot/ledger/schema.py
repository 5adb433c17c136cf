"""The tables. They are made and changed by the migrations beside this file alone."""

from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)


class State(StrEnum):
    """Of a message. Waiting and delivering ones are taken up, by any process, when their lease has
    run out."""

    WAITING = "waiting"
    DELIVERING = "delivering"
    SETTLED = "settled"


metadata = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up in INTEGER alone

messages = Table(
    "messages",
    metadata,
    Column("event_id", String(200), primary_key=True),
    Column("platform", String(20), nullable=False),
    Column("chat", String(300), nullable=False),
    Column("asker", String(200), nullable=False),
    Column("text", Text, nullable=False),
    # What the platform delivered; null: not to be taken up again.
    Column("envelope", JSON(none_as_null=True)),
    Column("state", String(20), nullable=False),
    Column("answer", String(20), nullable=False, default=""),  # the name of what is delivered
    Column("sent", JSON, nullable=False),  # numbers of the platform's messages that show it
    Column("worker", String(40), nullable=False),
    Column("lease", Float, nullable=False),  # seconds since 1970
    Column("attempts", Integer, nullable=False, server_default="0"),  # how often it was taken up
    Column("received", DateTime(timezone=True), nullable=False),
    Index("messages_open", "state", "lease"),
    Index("messages_asker", "asker"),
    Index("messages_received", "received"),
)

answers = Table(
    "answers",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("name", String(20), nullable=False, unique=True),
    Column("event_id", String(200), nullable=False),
    Column("chat", String(300), nullable=False),
    Column("asker", String(200), nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("price", Float),  # dollars; null: unknown
    Column("remembered", Boolean, nullable=False),  # by the conversation
    Column("given", DateTime(timezone=True), nullable=False),
    Index("answers_chat", "chat", "id"),
    Index("answers_asker", "asker", "given"),
    sqlite_autoincrement=True,  # so that what is settled names no other one
)

votes = Table(
    "votes",
    metadata,
    Column("answer", String(20), primary_key=True),
    Column("asker", String(200), primary_key=True),
    Column("way", String(10), nullable=False),
    Column("given", DateTime(timezone=True), nullable=False),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("number", _Id, primary_key=True, autoincrement=True),
    # Chat and asker while it is open; null afterwards: one is open at a time.
    Column("open", String(500), unique=True),
    Column("chat", String(300), nullable=False),
    Column("asker", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("language", String(20), nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("thread", String(100), nullable=False),
    Column("said", JSON, nullable=False),  # Markdown by event
    Column("event_id", String(200), nullable=False),  # what led to the state
    Column("touched", DateTime(timezone=True), nullable=False),
    Index("handoffs_asker", "asker"),
    Index("handoffs_event", "event_id"),
    Index("handoffs_touched", "touched"),
    sqlite_autoincrement=True,  # messages that outlive a hand-off must not name another one
)

# What the bot's messages are about, where a reply to them is understood by it.
subjects = Table(
    "subjects",
    metadata,
    Column("room", String(300), primary_key=True),
    Column("number", String(100), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("given", DateTime(timezone=True), nullable=False),
)

# What was told unasked, by the occasion that it was told at.
letters = Table(
    "letters",
    metadata,
    Column("occasion", String(300), primary_key=True),
    Column("asker", String(200), nullable=False),  # whose matter it was
    Column("chat", String(300), nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("given", DateTime(timezone=True), nullable=False),
)

settled = Table(
    "settled",
    metadata,
    Column("answer", _Id, primary_key=True, autoincrement=False),  # its id
)

chats = Table(
    "chats",
    metadata,
    Column("chat", String(300), primary_key=True),
    Column("language", String(20), nullable=False),
)

# What the calls of the chat model have cost.
spending = Table(
    "spending",
    metadata,
    Column("day", String(10), primary_key=True),  # of UTC
    Column("asker", String(200), primary_key=True),
    Column("tokens", BigInteger, nullable=False),
    Column("dollars", Float, nullable=False),
)

# What those that are going on may cost at most.
reservations = Table(
    "reservations",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("asker", String(200), nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("dollars", Float, nullable=False),
    Column("expires", Float, nullable=False),  # seconds since 1970
)
