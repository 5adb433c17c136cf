"""Builds the parts of Openbook from the settings. Only here are their concrete classes known."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.indexing.librarian import Librarian
from bot.memory import MemoryArchive, MemoryInbox
from bot.models.embedding import build_embedder
from bot.models.extractive import ExtractiveModel
from bot.models.tokens import TokenCounter, estimate_tokens, load_counter
from bot.nouns import Asker
from bot.seams import Archive, ChatModel, Embedder, Inbox
from bot.search.searching import Search
from bot.settings import Settings
from bot.store.published import PublishedIndex

if TYPE_CHECKING:
    from bot.answering.engine import Engine
    from bot.desk import Desk
    from bot.ledger.opening import Ledger
    from bot.metrics import Metrics
    from bot.reindexing import Indexer, Reindexing
    from bot.tracing import Tracing
    from bot.upkeep import Upkeep


class Parts:
    """Each part is built when it is first asked for: a command pays for what it uses. `apart`:
    whether the index runs that a chat asks for are run in processes of their own."""

    def __init__(self, settings: Settings, *, apart: bool = False) -> None:
        self.settings = settings
        self._apart = apart
        self._closing = AsyncExitStack()
        self._inbox: Inbox = MemoryInbox()
        self._archive: Archive = MemoryArchive()

    async def open_ledger(self, lease: float) -> "Ledger":
        """From here on what is said outlives the process; to be called before the desk is built.
        Raises LedgerError."""
        from bot.ledger.opening import open_ledger  # half a second to import

        opened = open_ledger(self.settings.database_url, lease)
        ledger = await self._closing.enter_async_context(opened)
        self._inbox, self._archive = ledger.inbox, ledger.archive
        return ledger

    @cached_property
    def embedder(self) -> Embedder | None:
        embedder = build_embedder(self.settings)
        if embedder is not None and hasattr(embedder, "aclose"):  # only some have connections
            self._closing.push_async_callback(embedder.aclose)
        return embedder

    @cached_property
    def published(self) -> PublishedIndex:
        published = PublishedIndex(self.settings.index)
        self._closing.callback(published.close)
        return published

    @cached_property
    def search(self) -> Search:
        return Search(self.published, self.embedder)

    @cached_property
    def librarian(self) -> Librarian:
        return Librarian(self.settings.knowledge, self.settings.index, self.embedder)

    @cached_property
    def indexer(self) -> "Indexer":
        """Who runs the index for those who chat, and by itself."""
        if not self._apart:
            return self.librarian
        from bot.apart.process import IndexProcess

        return IndexProcess(self.settings, self.librarian)

    @cached_property
    def reindexing(self) -> "Reindexing":
        from bot.reindexing import Reindexing

        return Reindexing(self.indexer, self.metrics)

    @cached_property
    def upkeep(self) -> "Upkeep":
        from bot.upkeep import Upkeep

        return Upkeep(
            self.reindexing,
            self.indexer,
            schedule=self.settings.reindex or "",
            changes=self.librarian.follow_changes if self.settings.watch else None,
        )

    @cached_property
    def chat_model(self) -> ChatModel:
        if not self.settings.has_chat_model:
            return ExtractiveModel()
        from bot.models.openai_chat import OpenAIChatModel  # it costs a second to import

        model = OpenAIChatModel(self.settings)
        self._closing.push_async_callback(model.aclose)
        return model

    @cached_property
    def counter(self) -> TokenCounter:
        if not self.settings.has_chat_model:  # sentences of the documents need no exact count
            return TokenCounter("estimate", estimate_tokens)
        return load_counter(self.settings.chat_model)

    @cached_property
    def engine(self) -> "Engine":
        from bot.answering.engine import Engine  # an index run has no use for it

        return Engine(
            self.search,
            self.chat_model,
            self.counter,
            answer_tokens=self.settings.answer_tokens,
            seconds=self.settings.answer_seconds,
        )

    @cached_property
    def metrics(self) -> "Metrics":
        from bot.metrics import Metrics  # only who answers many has a use for it

        settings = self.settings
        paid = settings.embedder == "openai"
        return Metrics(settings.embedding_model if paid else settings.embedder)

    @cached_property
    def tracing(self) -> "Tracing | None":
        if self.settings.traces_endpoint is None:
            return None
        from bot.tracing import open_tracing

        tracing = open_tracing(self.settings.traces_endpoint)
        if tracing is not None:
            self._closing.push_async_callback(tracing.close)
        return tracing

    @cached_property
    def desk(self) -> "Desk":
        from bot.commands.calls import Services  # nor for these
        from bot.desk import Desk
        from bot.pace import Pace
        from bot.search.introducing import Introducer
        from bot.uploads import Uploads

        services = Services(
            search=self.search,
            introducer=Introducer(self.published),
            librarian=self.indexer,
            reindexing=self.reindexing,
            uploads=Uploads(self.settings.knowledge),
            inbox=self._inbox,
            archive=self._archive,
        )
        pace = Pace(self.settings.questions_per_minute)
        desk = Desk(
            self.tracing.watch(self.engine) if self.tracing else self.engine,
            services,
            is_admin=self._is_admin,
            pace=pace,
            metrics=self.metrics,
            within=timedelta(minutes=self.settings.answer_within),
        )
        self._closing.push_async_callback(desk.close)
        return desk

    async def find_other_folder(self) -> str:
        """The folder that the index was made from, if the settings name another, else ""; that the
        index cannot be read at all is for others to say."""
        with suppress(StoreError):
            folder = (await self.published.snapshot()).manifest.folder
            return "" if folder == self.librarian.folder else folder
        return ""

    async def find_publication(self) -> datetime:
        """When the index was published. Raises StoreError if it cannot be read."""
        return (await self.published.snapshot()).manifest.published_at

    def _is_admin(self, asker: Asker) -> bool:
        """Who sits at the terminal may do what the command line may."""
        return asker.platform == "terminal" or asker.key in self.settings.admins

    async def close(self) -> None:
        await self._closing.aclose()


@asynccontextmanager
async def open_parts(settings: Settings, *, apart: bool = False) -> AsyncIterator[Parts]:
    parts = Parts(settings, apart=apart)
    try:
        yield parts
    finally:
        await parts.close()
