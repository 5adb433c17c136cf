"""No secret reaches what is logged, whichever way it comes there."""

import io
import json
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.logs import Brief, JsonFormatter, log_everything, start_logging
from bot.current import event_id
from bot.redacting import HIDDEN, TALKATIVE, RedactingFormatter, Redactor, redact

SECRETS = [
    "700000001:AAF-peer_telegram_token_of_no_worth_00",
    "xoxb-1234567890-1234567890-AbCdEf",
    "xoxp-1234567890-AbCdEf",
    "xapp-1-A111-222-abcdef0123456789",
    "sk-proj-AbC_dEf-0123456789",
    "sk-good1234",
]
HEADERS = ["Bearer AbCdEf0123456789", "bearer eyJhbGciOi.J9.x-y_z", "Bearer dGhlIGtleQ+/abc=="]


TEXTS = [
    "{}",
    "POST https://api.telegram.org/bot/{}/getMe failed",
    "{{'token': '{}', 'a': 1}}",
    'key="{}".',
    "密钥是{}。",
    "a {} b {} c",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_taken_out_wherever_they_stand(secret: str) -> None:
    for text in TEXTS:
        assert secret not in redact(text.format(secret, secret))
        assert redact(text.format(secret, secret)) == text.format(HIDDEN, HIDDEN)


@pytest.mark.parametrize("header", HEADERS)
def test_headers_with_secrets(header: str) -> None:
    word, secret = header.split()
    assert redact(f"{{'Authorization': '{header}'}}") == f"{{'Authorization': '{word} {HIDDEN}'}}"
    assert secret not in redact(header)


def test_the_token_of_telegram_in_addresses() -> None:
    for token in (SECRETS[0], SECRETS[0].replace(":", "%3A")):
        for address in ("/bot{}/getMe", "/file/bot{}/documents/a.pdf", "/bot{}"):
            assert redact(address.format(token)) == address.format(HIDDEN)


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-04 12:00:00,123 INFO bot.serving: Listening on port 8080",
        "telegram:5000000001/3 at 10:30, 1234567:short",
        "the bearer of the ring; a task-force; risk-based; xoxo",
        "ask-me-anything, desk-bound-people",
        "Indexed 12 documents, passages: 1234567",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_secrets_without_a_look_of_their_own_are_known_by_their_value() -> None:
    redact_known = Redactor(["8f2f1b9c0a7d4e55", "8f2f1b9c", "p@ss word/9", "short"])
    said = "8f2f1b9c0a7d4e55, (8f2f1b9c) p%40ss%20word%2F9 'p@ss word/9' short"
    assert redact_known(said) == f"{HIDDEN}, ({HIDDEN}) {HIDDEN} '{HIDDEN}' short"
    for secret in SECRETS:
        assert redact_known(secret) == HIDDEN


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            "postgresql+asyncpg://ada:s3cr:t@db:5432/books",
            f"postgresql+asyncpg://{HIDDEN}@db:5432/books",
        ),
        ("redis://:s3cret@cache", f"redis://{HIDDEN}@cache"),
        ("https://example.org:8080/a@b", "https://example.org:8080/a@b"),
        ("http://example.org/a:b@c", "http://example.org/a:b@c"),
    ],
)
def test_passwords_in_addresses(address: str, shown: str) -> None:
    assert redact(f"cannot reach {address}.") == f"cannot reach {shown}."


def log_as_json(work: Callable[[logging.Logger], None], redactor: Redactor) -> list[dict[str, str]]:
    """What `work` logs, line by line."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(redactor))
    logger = logging.getLogger("planted")
    logger.addHandler(handler)
    try:
        work(logger)
    finally:
        logger.removeHandler(handler)
    assert_no_secret(stream.getvalue())
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_lines_for_machines_hold_no_secret() -> None:
    records = log_as_json(log_in_all_ways, redact)
    assert len(records) == 4
    assert records[0]["message"] == f"plain {HIDDEN}"
    assert "traceback" not in records[0]
    assert "KeyError" in records[3]["traceback"]
    assert "ValueError" in records[3]["traceback"]


def test_a_secret_behind_a_break_of_lines_is_found() -> None:
    (record,) = log_as_json(lambda logger: logger.error("a\n%s\n%s", *SECRETS[4:6]), redact)
    assert record["message"] == f"a\n{HIDDEN}\n{HIDDEN}"


def test_lines_for_machines_tell_when_where_and_about_what() -> None:
    def work(logger: logging.Logger) -> None:
        logger.error("before")
        token = event_id.set("telegram:5/3")
        logger.error("发货 “%s”", "noon")
        event_id.reset(token)

    before, during = log_as_json(work, redact)
    assert "event" not in before
    moment = datetime.fromisoformat(during.pop("time"))
    assert moment.utcoffset() == timedelta(0)
    assert during == {
        "level": "ERROR",
        "logger": "planted",
        "message": "发货 “noon”",
        "event": "telegram:5/3",
    }


@contextmanager
def fresh_logging() -> Iterator[None]:
    """Logging as in a new process; afterwards it is as it was."""
    names = ("", "bot", "adapters", "bot.answering", *TALKATIVE)
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    handlers = logging.root.handlers[:]
    logging.root.handlers = []
    for logger in loggers[1:]:
        logger.setLevel(logging.NOTSET)
    try:
        yield
    finally:
        logging.root.handlers = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def fail(kind: type[Exception], secret: str) -> None:
    raise kind(f"no way to {secret}")


def break_down() -> None:
    """Errors within errors, each with a secret."""
    try:
        try:
            fail(ConnectionError, SECRETS[0])
        except ConnectionError as error:
            error.add_note(f"with {SECRETS[1]}")
            raise ValueError(f"bad {SECRETS[3]}") from error
    except ValueError:
        fail(KeyError, SECRETS[4])


def log_in_all_ways(logger: logging.Logger) -> None:
    logger.error("plain %s", SECRETS[0])
    logger.error("%(key)s", {"key": SECRETS[2]})
    logger.error("an object %r", {"headers": [HEADERS[0], SECRETS[4]]})
    try:
        break_down()
    except KeyError:
        logger.exception("It broke on %s", SECRETS[1])


def assert_no_secret(text: str) -> None:
    found = [secret for secret in [*SECRETS, *HEADERS] if secret in text]
    assert found == []


def test_the_formatter_redacts_all_of_a_record() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(message)s"))
    logger = logging.getLogger("planted")
    logger.addHandler(handler)
    try:
        log_in_all_ways(logger)
    finally:
        logger.removeHandler(handler)

    assert_no_secret(stream.getvalue())
    assert stream.getvalue().count(HIDDEN) >= 8
    assert "KeyError" in stream.getvalue()


def test_a_brief_log_and_its_traceback_file(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with fresh_logging():
        start_logging(debug=False)
        log_in_all_ways(logging.getLogger("bot.engine"))

    shown = capsys.readouterr().err
    assert_no_secret(shown)
    assert f"plain {HIDDEN}" in shown
    assert "Traceback" not in shown
    (details,) = tmp_path.iterdir()
    assert str(details) in shown
    written = details.read_text(encoding="utf-8")
    assert_no_secret(written)
    assert "KeyError" in written
    assert "ValueError" in written


def test_a_traceback_that_cannot_be_kept(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with fresh_logging():
        logging.root.addHandler(Brief())
        log_in_all_ways(logging.getLogger("bot.engine"))

    shown = capsys.readouterr().err
    assert_no_secret(shown)
    assert "openbook --debug" in shown


def test_debugging_shows_more_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    with fresh_logging():
        start_logging(debug=True)
        log_in_all_ways(logging.getLogger("bot.engine"))
        log_in_all_ways(logging.getLogger("somewhere.else"))
        logging.getLogger("adapters.telegram").debug("told %s", SECRETS[0])
        for name in TALKATIVE:
            logging.getLogger(f"{name}._client").info("HTTP Request: POST /bot%s", SECRETS[0])

    shown = capsys.readouterr().err
    assert_no_secret(shown)
    assert f"DEBUG adapters.telegram: told {HIDDEN}" in shown
    assert "Traceback" in shown
    assert "HTTP Request" not in shown


@pytest.mark.parametrize(("debug", "seen"), [(True, True), (False, False)])
def test_serving_keeps_what_debugging_asked_for(
    capsys: pytest.CaptureFixture[str], debug: bool, seen: bool
) -> None:
    with fresh_logging():
        start_logging(debug=debug)
        log_everything(logging.INFO)
        logging.getLogger("bot.engine").debug("a detail")
        logging.getLogger("bot.engine").info("a fact")
        logging.getLogger("bot.answering.engine").info("another fact")

    shown = capsys.readouterr().err
    assert ("a detail" in shown) is seen
    assert "a fact" in shown
