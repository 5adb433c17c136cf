"""The settings of what an answer is made of: documents, index and models."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from bot.setting_kinds import Address, Cron, Folder, Prices

EmbedderName = Literal["openai", "local", "e5", "none"]


class AnswerSettings(BaseSettings):
    """Read as the first part of bot.settings.Settings."""

    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="OPENAI_API_KEY",
        description="key of OpenAI or a compatible server",
    )
    openai_base_url: Address | None = Field(
        default=None,
        validation_alias="OPENAI_BASE_URL",
        description="address of a compatible server, such as `http://localhost:11434/v1`",
    )
    knowledge: Folder = Field(
        default=Path("knowledge"),
        validation_alias="OPENBOOK_KNOWLEDGE",
        description="the folder of documents",
    )
    index: str = Field(
        default=".openbook/index",
        validation_alias="OPENBOOK_INDEX",
        description="where the index is kept: a folder or an object-store address",
    )
    reindex: Cron | None = Field(
        default=None,
        validation_alias="OPENBOOK_REINDEX",
        description="when `openbook serve` reindexes, as cron has it in local time: `0 3 * * *`",
    )
    watch: bool = Field(
        default=False,
        validation_alias="OPENBOOK_WATCH",
        description="whether `openbook serve` reindexes when the folder changes: `true` or `false`",
    )
    chat_model: str = Field(
        default="gpt-6-luna",
        validation_alias="OPENBOOK_CHAT_MODEL",
        description="the model that writes answers",
    )
    context_window: int | None = Field(
        default=None,
        ge=1024,
        validation_alias="OPENBOOK_CONTEXT_WINDOW",
        description="tokens that prompt and answer share, for models Openbook does not know",
    )
    answer_tokens: int = Field(
        default=1024,
        ge=64,
        validation_alias="OPENBOOK_ANSWER_TOKENS",
        description="longest answer, in tokens",
    )
    answer_seconds: float = Field(
        default=60.0,
        gt=0,
        validation_alias="OPENBOOK_ANSWER_SECONDS",
        description="longest wait for an answer",
    )
    chat_price: Prices | None = Field(
        default=None,
        validation_alias="OPENBOOK_CHAT_PRICE",
        description="dollars per million tokens `input/cached/output`, for unknown models",
    )
    chosen_embedder: EmbedderName | None = Field(
        default=None,
        validation_alias="OPENBOOK_EMBEDDER",
        description="`openai` (default with a key), `local` (default without), `e5` or `none`",
    )
    embedding_model: str = Field(
        default="text-embedding-3-small",
        validation_alias="OPENBOOK_EMBEDDING_MODEL",
        description="model of the `openai` embedder",
    )
    query_embedding_model: str | None = Field(
        default=None,
        validation_alias="OPENBOOK_QUERY_EMBEDDING_MODEL",
        description="model for questions, where a server names the two kinds apart",
    )
    embedding_dimensions: int | None = Field(
        default=None,
        ge=1,
        validation_alias="OPENBOOK_EMBEDDING_DIMENSIONS",
        description="shorten vectors to this",
    )
    embedding_batch: int = Field(
        default=2048,
        ge=1,
        le=2048,
        validation_alias="OPENBOOK_EMBEDDING_BATCH",
        description="texts per embedding request (DashScope takes 10)",
    )
    embedding_price: float | None = Field(
        default=None,
        ge=0,
        validation_alias="OPENBOOK_EMBEDDING_PRICE",
        description="dollars per million tokens, for unknown models",
    )
    query_prefix: str = Field(
        default="",
        validation_alias="OPENBOOK_QUERY_PREFIX",
        description="put before questions by the `openai` embedder",
    )
    passage_prefix: str = Field(
        default="",
        validation_alias="OPENBOOK_PASSAGE_PREFIX",
        description="put before passages by the `openai` embedder",
    )
    reranker: str | None = Field(
        default=None,
        validation_alias="OPENBOOK_RERANKER",
        description="model that puts the passages found in order, at an address with `/rerank`;"
        " without it they stay in the order of the searches",
    )
    reranker_url: Address | None = Field(
        default=None,
        validation_alias="OPENBOOK_RERANKER_URL",
        description="address of its server, such as `http://localhost:8081/v1`; without it"
        " `OPENAI_BASE_URL` and its key",
    )
    reranker_key: SecretStr | None = Field(
        default=None,
        validation_alias="OPENBOOK_RERANKER_KEY",
        description="key of the server at `OPENBOOK_RERANKER_URL`",
    )
    reranker_price: float | None = Field(
        default=None,
        ge=0,
        validation_alias="OPENBOOK_RERANKER_PRICE",
        description="dollars per million tokens of the reranker; 0 for a server of your own",
    )

    @property
    def embedder(self) -> EmbedderName:
        return self.chosen_embedder or ("openai" if self.openai_api_key else "local")

    @property
    def has_chat_model(self) -> bool:
        return self.openai_api_key is not None or self.openai_base_url is not None
