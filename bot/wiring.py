"""Builds the parts of Openbook from the settings. Only here are their concrete classes known."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from bot.errors import IndexMissing, StoreError
from bot.indexing.librarian import Librarian
from bot.memory import MemoryArchive, MemoryInbox, MemoryLetters, MemoryPurse
from bot.memory_casebook import MemoryCasebook
from bot.models.embedding import build_embedder
from bot.models.extractive import ExtractiveModel
from bot.models.tokens import TokenCounter, estimate_tokens, load_counter
from bot.nouns import Asker, Budgets
from bot.seams import Archive, Casebook, ChatModel, Embedder, Inbox, Purse, Reranker
from bot.search.searching import Search
from bot.settings import Settings
from bot.store.published import PublishedIndex
from bot.telling import Telling

if TYPE_CHECKING:
    from bot.access.doors import Doors
    from bot.answering.engine import Engine
    from bot.budgets import Treasurer
    from bot.desk import Desk
    from bot.digest import Digest
    from bot.gaps import Gaps
    from bot.ledger.opening import Ledger
    from bot.metrics import Metrics
    from bot.reindexing import Indexer, Reindexing
    from bot.staff import Staff
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
        archive = MemoryArchive()
        self._archive: Archive = archive
        self._casebook: Casebook = MemoryCasebook(archive)
        self._purse: Purse = MemoryPurse()
        self.telling = Telling(MemoryLetters())

    async def open_ledger(self, lease: float) -> "Ledger":
        """From here on what is said outlives the process; to be called before search or desk are
        built. Raises LedgerError."""
        from bot.ledger.opening import open_ledger  # half a second to import

        opened = open_ledger(self.settings.database_url, lease)
        ledger = await self._closing.enter_async_context(opened)
        self._inbox, self._archive, self._purse = ledger.inbox, ledger.archive, ledger.purse
        self._casebook, self.telling = ledger.casebook, Telling(ledger.letters)
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
    def reranker(self) -> Reranker | None:
        """Raises SettingsError, as the engine does, where budgets cannot be kept."""
        if self.settings.reranker is None:
            return None
        from bot.models.openai_reranking import OpenAIReranker  # as for the chat model

        reranker = OpenAIReranker(self.settings.reranker, self.settings)
        self._closing.push_async_callback(reranker.aclose)
        if self._treasurer is None:
            return reranker
        from bot.models.metered import meter_reranker

        return meter_reranker(reranker, self._treasurer, self.counter, self.settings)

    @cached_property
    def search(self) -> Search:
        return Search(self.published, self.embedder, self.reranker)

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

        model = self.chat_model
        if self._treasurer is not None and self.settings.has_chat_model:
            from bot.models.metered import meter_chat_model  # imports what talks to OpenAI

            model = meter_chat_model(model, self._treasurer, self.counter, self.settings)
        return Engine(
            self.search,
            model,
            self.counter,
            answer_tokens=self.settings.answer_tokens,
            seconds=self.settings.answer_seconds,
        )

    @cached_property
    def metrics(self) -> "Metrics":
        from bot.metrics import Metrics  # only who answers many has a use for it

        settings = self.settings
        paid = settings.embedder == "openai"
        embedding_model = settings.embedding_model if paid else settings.embedder
        return Metrics(embedding_model, settings.reranker or "")

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
    def staff(self) -> "Staff":
        from bot.staff import Staff

        return Staff(
            self.settings.staff_place,
            self._casebook,
            self._archive,
            self.telling,
            patience=timedelta(minutes=self.settings.staff_minutes),
        )

    @cached_property
    def gaps(self) -> "Gaps":
        from bot.gaps import Gaps

        return Gaps(self._casebook, self.embedder)

    @cached_property
    def digest(self) -> "Digest | None":
        place, schedule = self.settings.staff_place, self.settings.gaps_digest
        if place is None or schedule is None:
            return None
        from bot.digest import Digest

        return Digest(place, schedule, self.gaps, self._inbox, self._archive, self.telling)

    @cached_property
    def desk(self) -> "Desk":
        from bot.commands.calls import Services  # nor for these
        from bot.desk import Desk
        from bot.fair_queue import FairQueue
        from bot.learning import Learning
        from bot.pace import Pace
        from bot.questions import Questions
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
            casebook=self._casebook,
            staff=self.staff,
            gaps=self.gaps,
            learning=Learning(self.settings.knowledge, self.telling),
            telling=self.telling,
        )
        engine = self.tracing.watch(self.engine) if self.tracing else self.engine
        desk = Desk(
            Questions(engine, FairQueue(), self.metrics),
            services,
            doors=self.doors,
            pace=Pace(self.settings.questions_per_minute),
            metrics=self.metrics,
            within=timedelta(minutes=self.settings.answer_within),
        )
        self._closing.push_async_callback(desk.close)
        return desk

    @cached_property
    def doors(self) -> "Doors":
        from bot.access.doors import Doors
        from bot.access.folders import Folders

        folders = Folders(self.settings.knowledge)
        members, staff = self.settings.members, self.settings.staff_place
        if members and staff:
            members |= {staff.room}  # else the replies of those who help would be turned away
        return Doors(folders, self._read_rules, is_admin=self._is_admin, members=members)

    @cached_property
    def _treasurer(self) -> "Treasurer | None":
        """None where there are no budgets to be kept."""
        from bot.budgets import Treasurer, read_budget

        asker, daily = self.settings.asker_budget, self.settings.daily_budget
        if asker is None and daily is None:
            return None
        budgets = Budgets(read_budget(asker), read_budget(daily))
        return Treasurer(self._purse, budgets, self.metrics)

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

    async def _read_rules(self) -> str:
        """Those that the index keeps, "" where there is none. Raises StoreError."""
        try:
            return (await self.published.snapshot()).manifest.access
        except IndexMissing:
            return ""

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
