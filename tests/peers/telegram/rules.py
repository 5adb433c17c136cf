"""What Telegram refuses of what a bot sends, and in which words."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from tests.peers.telegram import entities as text_entities
from tests.peers.telegram.refusal import JSON, breach

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
ENTITIES = 100
BUTTONS = 100
BUTTONS_IN_ROW = 8
CALLBACK_BYTES = 64
CALLBACK_ANSWER_UNITS = 200
DOWNLOAD_BYTES = 20 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
_ACTIONS = """typing upload_photo record_video upload_video record_voice upload_voice
    upload_document choose_sticker find_location record_video_note upload_video_note"""
ACTIONS = frozenset(_ACTIONS.split())
_REACTIONS = "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🎉 🤩 🙏 👌 💯 🤣 ⚡ 🏆 💔 🤨 😐 👀 ✍ 🤝 🤗 🆒"
REACTIONS = frozenset(_REACTIONS.split())


def check_text(params: JSON, *, too_long: str = "message is too long") -> None:
    """Raises Refusal unless it is a text that Telegram shows."""
    text = params.get("text", "")
    if not text:
        raise breach("message text is empty")
    check_marked(params, "text", "entities", TEXT_UNITS, too_long)
    if not text.strip():
        raise breach("text must be non-empty")


def check_marked(params: JSON, text: str, entities: str, most: int, too_long: str) -> None:
    """Raises Refusal for a text or caption, and its entities, beyond the rules."""
    words = params.get(text, "")
    if params.get("parse_mode"):
        raise breach("this peer parses no text: send entities instead of parse_mode")
    if text_entities.count_units(words.strip()) > most:
        raise breach(too_long)
    check_entities(words, params.get(entities, ()))


def check_entities(text: str, entities: Sequence[JSON]) -> None:
    """Raises Refusal. More than 100 entities Telegram would drop in silence: here they are
    refused, since the reader would see a half-marked message."""
    if len(entities) > ENTITIES:
        raise breach(f"{len(entities)} entities, Telegram shows {ENTITIES}")
    edges = text_entities.list_edges(text)
    open_ends: list[int] = []
    for entity in sorted(entities, key=lambda one: (one["offset"], -one["length"])):
        _check_entity(entity, edges, max(edges))
        end = entity["offset"] + entity["length"]
        open_ends = [one for one in open_ends if one > entity["offset"]]
        if any(one < end for one in open_ends):
            raise breach(
                f"entity beginning at UTF-16 offset {entity['offset']} ends after the end of the "
                f"text at UTF-16 offset {end}"  # so Telegram says of entities that cross
            )
        open_ends.append(end)


def _check_entity(entity: JSON, edges: set[int], length: int) -> None:
    start, end = entity["offset"], entity["offset"] + entity["length"]
    if entity["type"] not in text_entities.TYPES:
        raise breach("can't parse MessageEntity: Unsupported type specified")
    if start < 0 or entity["length"] < 1:
        raise breach(f"receive an entity with incorrect offset {start} or length {end - start}")
    if start >= length:
        raise breach(f"entity begins after the end of the text at UTF-16 offset {start}")
    if end > length:
        raise breach(
            f"entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 "
            f"offset {end}"
        )
    for edge, verb in ((start, "begins"), (end, "ends")):
        if edge not in edges:
            raise breach(f"entity {verb} in a middle of a UTF-16 symbol at UTF-16 offset {edge}")
    if entity["type"] == "text_link" and not is_link(entity.get("url", "")):
        raise breach(f"entity URL '{entity.get('url', '')}' is invalid: Wrong HTTP URL")


def is_link(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme in ("tg", "mailto", "tel"):
        return True
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "")


def check_keyboard(markup: JSON | None) -> None:
    """Raises Refusal for an inline keyboard beyond the rules."""
    rows = (markup or {}).get("inline_keyboard", [])
    if sum(map(len, rows)) > BUTTONS:
        raise breach("reply markup is too long")
    for row in rows:
        if len(row) > BUTTONS_IN_ROW:
            raise breach(f"{len(row)} buttons in a row, Telegram shows {BUTTONS_IN_ROW}")
        for button in row:
            _check_button(button)


def _check_button(button: JSON) -> None:
    if not button["text"].strip():
        raise breach('can\'t parse inline keyboard button: Field "text" must be non-empty')
    actions = set(button) - {"text", "icon_custom_emoji_id", "style"}
    if len(actions) != 1:
        raise breach(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    data = button.get("callback_data", "?")
    if not 1 <= len(data.encode()) <= CALLBACK_BYTES:
        raise breach("BUTTON_DATA_INVALID")
    if "url" in button and not is_link(button["url"]):
        raise breach(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def check_commands(commands: Sequence[JSON]) -> None:
    """Raises Refusal."""
    if len(commands) > 100:
        raise breach("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise breach("BOT_COMMAND_INVALID")
        if not 1 <= text_entities.count_units(command["description"].strip()) <= 256:
            raise breach("BOT_COMMAND_DESCRIPTION_INVALID")


def check_language(code: str) -> None:
    """Raises Refusal unless it is empty or two letters, such as `zh`."""
    if not re.fullmatch(r"([a-z]{2})?", code):
        raise breach("invalid language code specified")


def check_length(text: str, most: int, error: str) -> None:
    """Raises Refusal for a text of more than so many UTF-16 units."""
    if text_entities.count_units(text) > most:
        raise breach(error)
