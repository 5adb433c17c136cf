"""The Bot API's methods that show something to people."""

from collections.abc import Callable
from typing import Any

from tests.peers.telegram import rules
from tests.peers.telegram.chats import Chat
from tests.peers.telegram.entities import add_found, strip
from tests.peers.telegram.messages import Document, Draft, Message, view_message
from tests.peers.telegram.refusal import JSON, Refusal, bad_request, breach
from tests.peers.telegram.world import World

Method = Callable[[World, JSON], Any]


def send_message(world: World, params: JSON) -> JSON:
    rules.check_text(params)
    rules.check_keyboard(params.get("reply_markup"))
    chat = world.find_chat(params["chat_id"])
    message = world.post(
        chat,
        world.bot,
        params["text"],
        entities=params.get("entities", ()),
        keyboard=_inline(params),
        link_preview=params.get("link_preview_options"),
        **_find_place(chat, params),
    )
    _end_drafts(chat, message.topic)
    return view_message(message)


def send_document(world: World, params: JSON) -> JSON:
    too_long = "message caption is too long"
    rules.check_marked(params, "caption", "caption_entities", rules.CAPTION_UNITS, too_long)
    rules.check_keyboard(params.get("reply_markup"))
    chat = world.find_chat(params["chat_id"])
    message = world.post(
        chat,
        world.bot,
        params.get("caption", ""),
        entities=params.get("caption_entities", ()),
        document=_find_document(world, params["document"]),
        keyboard=_inline(params),
        **_find_place(chat, params),
    )
    _end_drafts(chat, message.topic)
    return view_message(message)


def send_message_draft(world: World, params: JSON) -> bool:
    chat = world.find_chat(params["chat_id"])
    if chat.is_group:
        raise breach("TEXTDRAFT_PEER_INVALID")
    if params["draft_id"] == 0:
        raise breach("draft_id must be non-zero")
    too_long = "message is too long"
    rules.check_marked(params, "text", "entities", rules.TEXT_UNITS, too_long)
    topic = params.get("message_thread_id")
    draft = next((one for one in chat.drafts if one.id == params["draft_id"]), None)
    if draft is None:
        for other in chat.drafts:
            other.gone = other.gone or other.topic == topic  # a new draft takes the place
        draft = Draft(params["draft_id"], topic, world.clock)
        chat.drafts.append(draft)
    draft.after_stop += draft.stopped
    draft.texts.append((world.clock.now, params.get("text", "")))
    draft.entities = tuple(params.get("entities", ()))
    draft.can_stop = params.get("can_stop", False)
    draft.keep_on_stop = params.get("keep_on_stop", False)
    draft.gone = draft.stopped and not draft.keep_on_stop
    chat.changes.tell()
    return True


def send_chat_action(world: World, params: JSON) -> bool:
    chat = world.find_chat(params["chat_id"])
    if params["action"] not in rules.ACTIONS:
        raise breach("wrong parameter action in request")
    _check_topic(chat, params.get("message_thread_id"))
    chat.actions.append((world.clock.now, params["action"], params.get("message_thread_id")))
    chat.changes.tell()
    return True


def edit_message_text(world: World, params: JSON) -> JSON:
    message = _find_own(world, params, "edit")
    if message.document is not None:
        raise breach("there is no text in the message to edit")
    rules.check_text(params, too_long="MESSAGE_TOO_LONG")
    rules.check_keyboard(params.get("reply_markup"))
    text, entities = strip(params["text"], params.get("entities", ()))
    _refuse_same(message, text, add_found(text, entities), params)
    message.link_preview = params.get("link_preview_options")
    world.change(message, text, entities, keyboard=_inline(params))
    return view_message(message)


def edit_message_reply_markup(world: World, params: JSON) -> JSON:
    message = _find_own(world, params, "edit")
    rules.check_keyboard(params.get("reply_markup"))
    _refuse_same(message, message.text, message.entities, params)
    world.change(message, keyboard=_inline(params), quiet=True)
    return view_message(message)


def delete_message(world: World, params: JSON) -> bool:
    chat = world.find_chat(params["chat_id"])
    message = chat.find(params["message_id"])
    if message is None:
        raise bad_request("message to delete not found")
    others = chat.is_group and chat.bot_status != "administrator"
    if message.service or (others and message.sender is not world.bot):
        raise breach("message can't be deleted")
    message.deleted = True
    chat.changes.tell()
    return True


def delete_messages(world: World, params: JSON) -> bool:
    if not 1 <= len(params["message_ids"]) <= 100:
        raise breach("message identifiers are not specified, or more than 100")
    for message_id in params["message_ids"]:
        chat = world.find_chat(params["chat_id"])
        if chat.find(message_id) is not None:
            delete_message(world, {"chat_id": chat.id, "message_id": message_id})
    return True


def set_message_reaction(world: World, params: JSON) -> bool:
    chat = world.find_chat(params["chat_id"])
    message = chat.find(params["message_id"])
    if message is None:
        raise bad_request("message to react not found")
    emojis = [one.get("emoji", "") for one in params.get("reaction", [])]
    if len(emojis) > 1:
        raise breach("REACTIONS_TOO_MANY")
    if not set(emojis) <= rules.REACTIONS:
        raise breach("REACTION_INVALID")
    message.reactions[world.bot.id] = emojis
    chat.changes.tell()
    return True


def answer_callback_query(world: World, params: JSON) -> bool:
    press = world.presses.get(params["callback_query_id"])
    if press is None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = params.get("text", "")
    rules.check_length(text, rules.CALLBACK_ANSWER_UNITS, "MESSAGE_TOO_LONG")
    press.answered = True
    press.text, press.alert = text, params.get("show_alert", False)
    press.url = params.get("url", "")
    press.changes.tell()
    return True


def _inline(params: JSON) -> JSON | None:
    """Only inline keyboards stay with a message, and not empty ones."""
    markup = params.get("reply_markup") or {}
    return markup if any(markup.get("inline_keyboard", ())) else None


def _find_place(chat: Chat, params: JSON) -> JSON:
    """Where a new message goes: the topic, and what it replies to."""
    topic = params.get("message_thread_id")
    _check_topic(chat, topic)
    reply: JSON = params.get("reply_parameters") or {}
    if not reply:
        return {"topic": topic}
    replied = chat.find(reply["message_id"])
    elsewhere = reply.get("chat_id", chat.id) != chat.id
    if replied is None or elsewhere:
        if not reply.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return {"topic": topic}
    quote = reply.get("quote", "")
    if quote and quote not in replied.text:
        raise breach("QUOTE_TEXT_INVALID")
    return {"topic": topic if topic else replied.topic, "reply_to": replied, "quote": quote}


def _check_topic(chat: Chat, topic: int | None) -> None:
    if topic is None:
        return
    if topic not in chat.topics:
        raise bad_request("message thread not found")
    if topic in chat.closed_topics and chat.bot_status != "administrator":
        raise bad_request("TOPIC_CLOSED")


def _find_own(world: World, params: JSON, verb: str) -> Message:
    if "chat_id" not in params or "message_id" not in params:
        raise breach(f"message identifier is not specified to {verb}")
    chat = world.find_chat(params["chat_id"])
    message = chat.find(params["message_id"])
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if message.sender is not world.bot:
        raise breach(f"message can't be {verb}ed")
    return message


def _refuse_same(message: Message, text: str, entities: tuple[JSON, ...], params: JSON) -> None:
    same_text = message.text == text and message.entities == entities
    if same_text and message.keyboard == _inline(params):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )


def _find_document(world: World, given: str | Document) -> Document:
    if isinstance(given, Document):
        if given.size > rules.UPLOAD_BYTES:
            raise Refusal(413, "Request Entity Too Large", breach=True)
        return given
    if given not in world.files:
        raise breach("wrong file identifier/HTTP URL specified")
    return world.files[given]


def _end_drafts(chat: Chat, topic: int | None) -> None:
    for draft in chat.drafts:
        draft.gone = draft.gone or draft.topic == topic


METHODS: dict[str, Method] = {
    "sendMessage": send_message,
    "sendDocument": send_document,
    "sendMessageDraft": send_message_draft,
    "sendChatAction": send_chat_action,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
}
