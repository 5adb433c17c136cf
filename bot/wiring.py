"""Builds the parts of Openbook from the settings. Only here are their concrete classes known."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cached_property
from typing import Any

from bot.answering.engine import Engine
from bot.commands import COMMANDS
from bot.commands.calls import Services
from bot.desk import Desk
from bot.errors import SettingsError, StoreError
from bot.indexing.librarian import Librarian
from bot.memory import Memory
from bot.models.embedding import build_embedder
from bot.models.extractive import ExtractiveModel
from bot.models.tokens import TokenCounter, estimate_tokens, load_counter
from bot.nouns import Asker
from bot.pace import Pace
from bot.reindexing import Reindexing
from bot.seams import ChatModel, Embedder
from bot.search.introducing import Introducer
from bot.search.searching import Search
from bot.serving import Adapter
from bot.settings import Settings
from bot.store.published import PublishedIndex
from bot.uploads import Uploads


class Parts:
    """Each part is built when it is first asked for: a command pays for what it uses."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._closing = AsyncExitStack()

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
    def engine(self) -> Engine:
        return Engine(
            self.search,
            self.chat_model,
            self.counter,
            answer_tokens=self.settings.answer_tokens,
            seconds=self.settings.answer_seconds,
        )

    @cached_property
    def desk(self) -> Desk:
        services = Services(
            search=self.search,
            introducer=Introducer(self.published),
            librarian=self.librarian,
            reindexing=Reindexing(self.librarian),
            uploads=Uploads(self.settings.knowledge),
            memory=Memory(),
        )
        pace = Pace(self.settings.questions_per_minute)
        desk = Desk(self.engine, services, is_admin=self._is_admin, pace=pace)
        self._closing.push_async_callback(desk.close)
        return desk

    def build_adapters(self, names: Sequence[str] = ()) -> list[Adapter]:
        """Those of the platforms that are set up, or of the named ones. Raises SettingsError."""
        unknown = [name for name in names if name not in PLATFORMS]
        if unknown:
            raise SettingsError(
                f"There is no platform {unknown[0]}.", f"There are: {', '.join(PLATFORMS)}."
            )
        built = {
            name: adapter
            for name, build in PLATFORMS.items()
            if (not names or name in names) and (adapter := build(self)) is not None
        }
        missing = [f"{name.capitalize()} is not" for name in names if name not in built]
        if missing or not built:
            raise SettingsError(
                f"{missing[0] if missing else 'No platform is'} set up.",
                "Set TELEGRAM_BOT_TOKEN, or SLACK_BOT_TOKEN and SLACK_APP_TOKEN; the README shows "
                "how to get them.",
            )
        return [*built.values()]

    async def find_other_folder(self) -> str:
        """The folder that the index was made from, if the settings name another, else ""; that the
        index cannot be read at all is for others to say."""
        with suppress(StoreError):
            folder = (await self.published.snapshot()).manifest.folder
            return "" if folder == self.librarian.folder else folder
        return ""

    def _is_admin(self, asker: Asker) -> bool:
        """Who sits at the terminal may do what the command line may."""
        return asker.platform == "terminal" or asker.key in self.settings.admins

    async def close(self) -> None:
        await self._closing.aclose()


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    parts = Parts(settings)
    try:
        yield parts
    finally:
        await parts.close()


def _build_telegram(parts: Parts) -> Adapter | None:
    settings = parts.settings
    if settings.telegram_bot_token is None:
        return None
    from adapters.telegram.adapter import Telegram  # it costs half a second to import

    return Telegram(
        parts.desk,
        tuple(COMMANDS.values()),
        token=settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        public_url=settings.public_url or "",
        admins=settings.admins,
    )


def _build_slack(parts: Parts) -> Adapter | None:
    settings = parts.settings
    bot, app = settings.slack_bot_token, settings.slack_app_token
    secret = settings.slack_signing_secret
    if bot is None:
        return None
    if app is None and secret is None:
        raise SettingsError(
            "SLACK_BOT_TOKEN alone does not reach Slack.",
            "Set SLACK_APP_TOKEN too, or SLACK_SIGNING_SECRET where Slack calls this bot.",
        )
    from adapters.slack.adapter import Slack  # it costs half a second to import

    return Slack(
        parts.desk,
        bot_token=bot.get_secret_value(),
        app_token=app.get_secret_value() if app else "",
        signing_secret=secret.get_secret_value() if secret else "",
        api_url=settings.slack_api_url,
    )


async def _check_telegram(parts: Parts) -> str:
    settings = parts.settings
    if settings.telegram_bot_token is None:
        return ""
    from adapters.telegram.checking import check

    finding = await check(settings.telegram_bot_token.get_secret_value(), settings.telegram_api_url)
    admins = sum(key.startswith("telegram:") for key in settings.admins)
    return f"{finding}; admins: {admins:,}"


def make_slack_manifest(address: str) -> dict[str, Any]:
    """The manifest of the Slack app. Raises SettingsError for an address that Slack refuses."""
    if address and not address.startswith("https://"):
        raise SettingsError(f"{address} does not begin with https://.", "Slack calls no other.")
    from adapters.slack.manifest import make_manifest

    return make_manifest(address.rstrip("/"))


PLATFORMS: Mapping[str, Callable[[Parts], Adapter | None]] = {
    "telegram": _build_telegram,
    "slack": _build_slack,
}

# What a platform says of the bot, or "" where it is not set up. Raises OpenbookError.
CHECKS: Mapping[str, Callable[[Parts], Awaitable[str]]] = {"telegram": _check_telegram}
