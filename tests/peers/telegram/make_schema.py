"""Writes `schema.json`: the Bot API's methods and types as JSON Schema, for those that the peer
serves. It derives from the models of aiogram (MIT licence), which are generated from Telegram's
own documentation.

Run by hand when the Bot API grows, in an environment of its own, since aiogram wants an older
pydantic than this project has:

    python -m venv /tmp/aiogram && /tmp/aiogram/bin/pip install aiogram
    /tmp/aiogram/bin/python tests/peers/telegram/make_schema.py

Requests keep every parameter that is not deprecated. Types that the peer sends keep the fields
that it fills (`SENT`), so that a misspelt one is found. Descriptions are left out.
"""

import datetime
import enum
import json
import types
import typing
from pathlib import Path
from typing import Any

import aiogram
from aiogram import methods as aiogram_methods
from aiogram import types as aiogram_types
from aiogram.client.default import Default
from aiogram.types import InputFile
from pydantic import BaseModel

METHODS = """
    getMe getUpdates setWebhook deleteWebhook getWebhookInfo getChat getChatMember
    getChatAdministrators leaveChat sendMessage sendMessageDraft sendChatAction sendDocument
    editMessageText editMessageReplyMarkup deleteMessage deleteMessages setMessageReaction
    answerCallbackQuery getFile setMyCommands getMyCommands deleteMyCommands setMyName getMyName
    setMyDescription getMyDescription setMyShortDescription getMyShortDescription
    setChatMenuButton
"""

SENT = {
    "Update": """update_id message edited_message message_reaction callback_query my_chat_member
        chat_member stopped_message_generation""",
    "Message": """message_id message_thread_id from sender_chat date edit_date chat
        is_topic_message reply_to_message quote text entities link_preview_options document
        photo voice caption caption_entities new_chat_members left_chat_member group_chat_created
        supergroup_chat_created migrate_to_chat_id migrate_from_chat_id forum_topic_created
        reply_markup""",
    "User": """id is_bot first_name last_name username language_code can_join_groups
        can_read_all_group_messages supports_inline_queries can_connect_to_business
        has_main_web_app has_topics_enabled allows_users_to_create_topics can_manage_bots
        supports_guest_queries supports_join_request_queries""",
    "Chat": "id type title username first_name last_name is_forum",
    "ChatFullInfo": """id type title username first_name last_name is_forum accent_color_id
        max_reaction_count accepted_gift_types""",
    "PhotoSize": "file_id file_unique_id width height",
    "Voice": "file_id file_unique_id duration",
    "CallbackQuery": "id from message chat_instance data",
    "Document": "file_id file_unique_id file_name mime_type file_size",
}

Schema = dict[str, Any]

# Served by no test peer: an object is all that is asked of them.
LEFT_OUT = {"InputRichMessage", "RichMessage"}


def make_schema() -> Schema:
    schema = _Writer()
    found = {}
    for name in METHODS.split():
        method = getattr(aiogram_methods, name[0].upper() + name[1:])
        result = schema.describe(method.__returning__)
        found[name] = {"params": schema.describe_fields(method), "result": result}
    schema.describe(aiogram_types.Update)
    about = (
        f"Bot API {aiogram.__api_version__}, made by make_schema.py from the models of aiogram "
        f"{aiogram.__version__} (MIT licence)"
    )
    return {"about": about, "methods": found, "definitions": dict(sorted(schema.types.items()))}


class _Writer:
    def __init__(self) -> None:
        self.types: dict[str, Any] = {}

    def describe(self, kind: object) -> Schema:
        """The schema of an annotation; models become references into `definitions`."""
        origin = typing.get_origin(kind)
        if origin is typing.Annotated:
            return self.describe(typing.get_args(kind)[0])
        if origin in (typing.Union, types.UnionType):
            kinds = [one for one in typing.get_args(kind) if one not in (type(None), Default)]
            found = _without_repetitions([self.describe(one) for one in kinds])
            return found[0] if len(found) == 1 else {"anyOf": found}
        if origin is list:
            return {"type": "array", "items": self.describe(typing.get_args(kind)[0])}
        if origin is typing.Literal:
            return {"enum": [_plain(one) for one in typing.get_args(kind)]}
        assert isinstance(kind, type)
        return self._describe_class(kind)

    def _describe_class(self, kind: type) -> Schema:
        if issubclass(kind, BaseModel):
            return self._refer(kind)
        for known, name in (
            (bool, "boolean"),
            (InputFile, "string"),
            (str, "string"),
            (int, "integer"),
            (float, "number"),
            (datetime.datetime, "integer"),
            (datetime.timedelta, "integer"),
        ):
            if issubclass(kind, known):
                return {"type": name}
        raise TypeError(kind)

    def _refer(self, model: type[BaseModel]) -> Schema:
        name = model.__name__
        if name in LEFT_OUT:
            return {"type": "object"}
        if name not in self.types:
            self.types[name] = {}  # it may refer to itself
            self.types[name] = self.describe_fields(model)
        return {"$ref": f"#/definitions/{name}"}

    def describe_fields(self, model: type[BaseModel]) -> Schema:
        kept = set(SENT[model.__name__].split()) if model.__name__ in SENT else None
        properties, required = {}, []
        model.model_rebuild()
        for own, field in model.model_fields.items():
            name = field.alias or own
            extra = field.json_schema_extra
            if isinstance(extra, dict) and extra.get("deprecated"):
                continue
            if kept is not None and name not in kept:
                continue
            properties[name] = self.describe(field.annotation)
            if field.is_required() or typing.get_origin(field.annotation) is typing.Literal:
                required.append(name)
        if kept and kept - set(properties):
            raise ValueError(f"{model.__name__} has no {sorted(kept - set(properties))}")
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return schema | {"required": required} if required else schema


def _plain(value: object) -> object:
    return value.value if isinstance(value, enum.Enum) else value


def _without_repetitions(schemas: list[Schema]) -> list[Schema]:
    return [one for place, one in enumerate(schemas) if one not in schemas[:place]]


def _dump(schema: Schema) -> str:
    """One line a method or type, so that a change can be read."""
    parts = [f'{{\n"about": {json.dumps(schema["about"])}']
    for part in ("methods", "definitions"):
        lines = [f"{json.dumps(name)}: {json.dumps(one)}" for name, one in schema[part].items()]
        parts.append(f'"{part}": {{\n' + ",\n".join(lines) + "\n}")
    return ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    Path(__file__).with_name("schema.json").write_text(_dump(make_schema()), encoding="utf-8")
