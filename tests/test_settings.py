"""Settings come from one class; `.env.example` and the tests below hold what it promises."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from bot.errors import SettingsError
from bot.nouns import Chat
from bot.settings import Settings, read_settings

ROOT = Path(__file__).parent.parent
HEADER = """\
# What Openbook can be told. It reads the environment, then a file `.env` beside this one: copy this
# file there and fill in what you want to change. A setting that is empty has its default.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    description: str
    default: str


def list_settings() -> Iterator[Setting]:
    for field in Settings.model_fields.values():
        assert isinstance(field.validation_alias, str)
        assert field.default is not PydanticUndefined, "every setting has a default"
        default = "" if field.default in (None, frozenset()) else str(field.default)
        default = default.lower() if isinstance(field.default, bool) else default
        yield Setting(field.validation_alias, field.description or "", default)


def render_example() -> str:
    """The text of `.env.example`."""
    blocks = [HEADER]
    for setting in list_settings():
        words = setting.description[:1].upper() + setting.description[1:] + "."
        if setting.default:
            words += f" Default: {setting.default}"
        comment = textwrap.fill(
            words, width=99, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
        )
        blocks.append(f"{comment}\n{setting.name}=\n")
    return "\n".join(blocks)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with no setting made in it or in the environment."""
    monkeypatch.chdir(tmp_path)
    for setting in list_settings():
        monkeypatch.delenv(setting.name, raising=False)
    return tmp_path


def test_the_example_names_every_setting() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == render_example()


def test_every_setting_is_described() -> None:
    assert [setting.name for setting in list_settings() if len(setting.description) < 10] == []


def test_the_example_as_it_stands_changes_nothing(folder: Path) -> None:
    (folder / ".env").write_text(render_example(), encoding="utf-8")
    assert read_settings() == Settings()
    assert read_settings().chat_model == Settings.model_fields["chat_model"].default


def test_env_file_is_read(folder: Path) -> None:
    (folder / ".env").write_text(
        "OPENBOOK_KNOWLEDGE=/data/文档\nOPENBOOK_ANSWER_TOKENS=300\n", encoding="utf-8"
    )
    settings = read_settings()
    assert settings.knowledge == Path("/data/文档")
    assert settings.answer_tokens == 300


def test_a_home_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    (folder / ".env").write_text("OPENBOOK_KNOWLEDGE=~/documents\n")
    assert read_settings().knowledge == folder / "documents"

    (folder / ".env").write_text("OPENBOOK_KNOWLEDGE=~nobody.at.all/documents\n")
    with pytest.raises(SettingsError, match="OPENBOOK_KNOWLEDGE: starts with ~"):
        read_settings()


def test_a_file_in_another_encoding_is_told(folder: Path) -> None:
    (folder / ".env").write_text("OPENBOOK_KNOWLEDGE=Bücher\n", "utf-16")

    with pytest.raises(SettingsError, match=r"\.env cannot be read") as caught:
        read_settings()
    assert "UTF-8" in caught.value.remedy


def test_the_environment_goes_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("OPENBOOK_CHAT_MODEL=from-file\n", encoding="utf-8")
    monkeypatch.setenv("OPENBOOK_CHAT_MODEL", "from-environment")
    assert read_settings().chat_model == "from-environment"


def test_empty_values_are_defaults(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("OPENBOOK_ANSWER_TOKENS=\n", encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.setenv("OPENBOOK_EMBEDDING_DIMENSIONS", "")
    assert read_settings() == Settings()
    assert read_settings().openai_api_key is None


def test_names_of_others_are_left_alone(folder: Path) -> None:
    (folder / ".env").write_text("DJANGO_DEBUG=1\nOPENBOOK_NEVER_HEARD_OF=1\n", encoding="utf-8")
    assert read_settings() == Settings()


def test_all_bad_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {
        "OPENAI_BASE_URL": "localhost:11434",
        "OPENBOOK_CHAT_PRICE": "1/2",
        "OPENBOOK_CONTEXT_WINDOW": "12",
        "OPENBOOK_EMBEDDER": "word2vec",
        "OPENBOOK_EMBEDDING_BATCH": "many",
        "OPENBOOK_GAPS_DIGEST": "weekly",
        "OPENBOOK_REINDEX": "daily",
        "OPENBOOK_STAFF_CHAT": "#support",
        "OPENBOOK_STAFF_MINUTES": "0",
        "OPENBOOK_WATCH": "perhaps",
        "TELEGRAM_BOT_TOKEN": "no-such-token",
    }
    for name, value in bad.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    named = [line.strip().split(":")[0] for line in caught.value.problem.splitlines()[1:]]
    assert sorted(named) == sorted(bad)
    assert ".env" in caught.value.remedy
    assert "OPENBOOK_EMBEDDING_BATCH: must be a whole number" in caught.value.problem
    assert "OPENBOOK_REINDEX: must be five fields: minute, hour, day" in caught.value.problem
    assert "OPENBOOK_WATCH: must be true or false" in caught.value.problem
    assert "as @BotFather gives it" in caught.value.problem
    assert "no-such-token" not in caught.value.problem


def test_a_bad_setting_in_the_file_is_named(folder: Path) -> None:
    (folder / ".env").write_text("OPENBOOK_ANSWER_SECONDS=-1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"OPENBOOK_ANSWER_SECONDS: .*greater than 0"):
        read_settings()


@pytest.mark.parametrize("prices", ["0.1/0.01/0.5", "0/0/0"])
def test_prices_that_are_three_numbers_are_taken(
    prices: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_CHAT_PRICE", prices)
    assert read_settings().chat_price == prices


@pytest.mark.parametrize("prices", ["1", "1/2/3/4", "1/two/3", "1/-2/3", "1//3"])
def test_prices_that_are_not_are_refused(prices: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBOOK_CHAT_PRICE", prices)
    with pytest.raises(SettingsError, match="three prices"):
        read_settings()


def test_settings_are_frozen() -> None:
    settings = read_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.chat_model = "another"


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = secret_names()
    for name in secrets:
        monkeypatch.setenv(name, "7:hush")
    settings = read_settings()
    assert "OPENAI_API_KEY" in secrets
    assert "hush" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_the_secrets_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in secret_names():
        monkeypatch.setenv(name, f"7:planted-{name}")
    monkeypatch.setenv("OPENBOOK_CHAT_MODEL", "no-secret")
    assert read_settings().secrets == {f"7:planted-{name}" for name in secret_names()}


@pytest.mark.parametrize(
    ("address", "passwords"),
    [
        ("sqlite:///.openbook/ledger.db", set()),
        ("postgresql://host/name", set()),
        ("postgresql://bot@host/name", set()),
        ("postgresql://bot:long-word@host/name?ssl=require", {"long-word"}),
        ("postgres://bot:a%40b@host/name", {"a%40b", "a@b"}),
        ("postgres://bot:a@b@host/name", {"a@b"}),
        ("postgresql://host/name?user=bot&password=a%2Fb&ssl=require", {"a%2Fb", "a/b"}),
    ],
)
def test_the_password_of_the_database_is_a_secret(
    address: str, passwords: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    assert read_settings().secrets == passwords


def secret_names() -> list[str]:
    """The settings whose name says that they must be kept secret."""
    words = ("KEY", "TOKEN", "SECRET", "PASSWORD")
    return [
        setting.name
        for setting in list_settings()
        if any(word in setting.name.split("_") for word in words)
    ]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ("local", False)),
        ({"OPENAI_API_KEY": "k"}, ("openai", True)),
        ({"OPENAI_BASE_URL": "http://localhost:8080/v1"}, ("local", True)),
        ({"OPENAI_API_KEY": "k", "OPENBOOK_EMBEDDER": "none"}, ("none", True)),
    ],
    ids=["nothing", "key", "address", "key but another embedder"],
)
def test_a_key_decides_what_answers(
    environment: dict[str, str], expected: tuple[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.embedder, settings.has_chat_model) == expected


@pytest.mark.parametrize(
    ("value", "chat"),
    [
        ("telegram:-1001234567890", Chat("telegram", "-1001234567890", private=False)),
        ("telegram:-1001234567890/7", Chat("telegram", "-1001234567890", "", "7", private=False)),
        ("telegram:42", Chat("telegram", "42", private=False)),
        ("slack:T1/C1", Chat("slack", "C1", "T1", private=False)),
    ],
)
def test_the_staff_chat_is_named_as_whoami_tells_it(
    value: str, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_STAFF_CHAT", value)
    assert read_settings().staff_place == chat
    assert value.startswith(chat.room)


@pytest.mark.parametrize("value", ["telegram:support", "slack:T1", "slack:T1/C1/3", "C1"])
def test_what_is_no_staff_chat_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBOOK_STAFF_CHAT", value)
    with pytest.raises(SettingsError, match=r"OPENBOOK_STAFF_CHAT: must be like telegram"):
        read_settings()
