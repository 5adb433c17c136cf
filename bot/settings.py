"""Every setting of Openbook, read in one place: the environment, then `.env`."""

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from bot.answer_settings import AnswerSettings
from bot.errors import SettingsError
from bot.nouns import Chat
from bot.setting_kinds import (
    Address,
    AskerKeys,
    Budget,
    Cron,
    MemberKeys,
    StaffChat,
    find_passwords,
    put_in_words,
    read_chat,
)


class Settings(AnswerSettings):
    """Frozen values; the alias of each field is the name of its environment variable."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    admins: AskerKeys = Field(
        default=frozenset(),
        validation_alias="OPENBOOK_ADMINS",
        description="who may reindex and add documents, such as `telegram:123, slack:T1/U1`;"
        " /whoami tells",
    )
    members: MemberKeys = Field(
        default=frozenset(),
        validation_alias="OPENBOOK_MEMBERS",
        description="who may ask: people, chats, channels and workspaces, such as `telegram:123,"
        " telegram:-100123, slack:T1/C1, slack:T1`; without it everybody",
    )
    questions_per_minute: int = Field(
        default=10,
        ge=0,
        validation_alias="OPENBOOK_QUESTIONS_PER_MINUTE",
        description="how many one asker may ask; 0: any number",
    )
    asker_budget: Budget | None = Field(
        default=None,
        validation_alias="OPENBOOK_ASKER_BUDGET",
        description="what the questions of one asker may cost a day: dollars, such as `0.50`, or"
        " `200000 tokens`",
    )
    daily_budget: Budget | None = Field(
        default=None,
        validation_alias="OPENBOOK_DAILY_BUDGET",
        description="what all questions together may cost a day: dollars, such as `5`, or"
        " `2000000 tokens`",
    )
    staff_chat: StaffChat | None = Field(
        default=None,
        validation_alias="OPENBOOK_STAFF_CHAT",
        description="where people answer those who ask for a person, such as"
        " `telegram:-1001234567890` or `slack:T1/C1`; /whoami there tells",
    )
    staff_minutes: int = Field(
        default=480,
        ge=1,
        validation_alias="OPENBOOK_STAFF_MINUTES",
        description="minutes without a word after which the bot answers again",
    )
    gaps_digest: Cron | None = Field(
        default=None,
        validation_alias="OPENBOOK_GAPS_DIGEST",
        description="when the staff chat is told what the bot could not answer, as cron has it in"
        " local time: `0 9 * * 1`",
    )
    database_url: str = Field(
        default="sqlite:///.openbook/ledger.db",
        validation_alias="DATABASE_URL",
        description="where messages, answers and votes are kept: a file, or `postgresql://…`",
    )
    keep_days: int = Field(
        default=90,
        ge=1,
        validation_alias="OPENBOOK_KEEP_DAYS",
        description="how long they are kept",
    )
    answer_within: int = Field(
        default=60,
        ge=1,
        validation_alias="OPENBOOK_ANSWER_WITHIN",
        description="minutes after which a message that came while the bot was away is not"
        " answered any more; its asker is told",
    )
    public_url: Address | None = Field(
        default=None,
        validation_alias="OPENBOOK_PUBLIC_URL",
        description="https address of this bot on the internet: platforms then call it there",
    )
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        validation_alias="PORT",
        description="where `openbook serve` is called, also for /healthz, /readyz and /metrics;"
        " by default nowhere, or on 8080 if a platform calls",
    )
    traces_endpoint: Address | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="address of an OpenTelemetry collector for traces, such as"
        " `http://localhost:4318`; needs the extra `traces`",
    )
    telegram_bot_token: SecretStr | None = Field(
        default=None,
        validation_alias="TELEGRAM_BOT_TOKEN",
        description="token of the Telegram bot, from @BotFather",
    )
    telegram_api_url: Address = Field(
        default="https://api.telegram.org",
        validation_alias="TELEGRAM_API_URL",
        description="address of the Bot API server",
    )
    slack_bot_token: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_BOT_TOKEN",
        description="token of the Slack app's bot, `xoxb-…`",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_APP_TOKEN",
        description="token of the Slack app, `xapp-…`: the bot then connects to Slack itself",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_SIGNING_SECRET",
        description="what Slack signs with where it calls the bot, without `SLACK_APP_TOKEN`",
    )
    slack_api_url: Address = Field(
        default="https://slack.com",
        validation_alias="SLACK_API_URL",
        description="address of Slack",
    )

    @property
    def staff_place(self) -> Chat | None:
        return read_chat(self.staff_chat) if self.staff_chat else None

    @property
    def secrets(self) -> frozenset[str]:
        """What must never be shown."""
        values = (getattr(self, name) for name in type(self).model_fields)
        secrets = {one.get_secret_value() for one in values if isinstance(one, SecretStr)}
        return frozenset(secrets | find_passwords(self.database_url))


def read_settings() -> Settings:
    """Raises SettingsError that names every bad setting at once."""
    try:
        return Settings()
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(
            f".env cannot be read: {error}.", "Save it as UTF-8 text that this user may read."
        ) from None
    except ValidationError as error:
        lines = [f"{line['loc'][0]}: {put_in_words(line['msg'])}" for line in error.errors()]
        raise SettingsError(
            "These settings are not usable:\n  " + "\n  ".join(lines),
            "Correct them in the environment or in .env; .env.example explains each.",
        ) from None
