"""The Bot API's methods about the bot itself, files and chats."""

import re
from urllib.parse import urlsplit

from tests.peers.telegram import rules
from tests.peers.telegram.refusal import JSON, bad_request, breach
from tests.peers.telegram.sending import Method
from tests.peers.telegram.updates import Webhook
from tests.peers.telegram.world import World

_GIFTS = """unlimited_gifts limited_gifts unique_gifts premium_subscription
    gifts_from_channels"""


def get_me(world: World, params: JSON) -> JSON:
    return world.bot.view() | {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_guest_queries": False,
        "supports_join_request_queries": False,
    }


def get_chat(world: World, params: JSON) -> JSON:
    return world.find_chat(params["chat_id"]).view() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS.split(), False),
    }


def get_chat_member(world: World, params: JSON) -> JSON:
    chat = world.find_chat(params["chat_id"])
    if params["user_id"] == world.bot.id:
        return world.view_member(world.bot, chat.bot_status)
    user = chat.members.get(params["user_id"])
    if user is None:
        raise bad_request("member not found")
    return world.view_member(user, "creator" if chat.is_owner(user.id) else "member")


def get_chat_administrators(world: World, params: JSON) -> list[JSON]:
    """The first member made the group."""
    chat = world.find_chat(params["chat_id"])
    if not chat.is_group:
        raise breach("there are no administrators in the private chat")
    owner = next(iter(chat.members.values()))
    found = [world.view_member(owner, "creator")]
    if chat.bot_status == "administrator":
        found.append(world.view_member(world.bot, "administrator"))
    return found


def leave_chat(world: World, params: JSON) -> bool:
    chat = world.find_chat(params["chat_id"])
    if not chat.is_group:
        raise breach("chat member status can't be changed in private chats")
    world.change_membership(chat, world.bot, "left")
    return True


def get_file(world: World, params: JSON) -> JSON:
    document = world.files.get(params["file_id"])
    if document is None:
        raise breach("invalid file_id")
    if document.size > rules.DOWNLOAD_BYTES:
        raise breach("file is too big")
    known = {"file_id": document.file_id, "file_unique_id": f"u{document.file_id}"}
    return known | {"file_size": document.size, "file_path": document.path}


def set_webhook(world: World, params: JSON) -> bool:
    url, secret = params["url"], params.get("secret_token", "")
    if not url:
        return delete_webhook(world, params)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise breach("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256:
        raise breach("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise breach("secret token contains unallowed characters")
    connections = params.get("max_connections", 40)
    if not 1 <= connections <= 100:
        raise breach("max_connections must be between 1 and 100")
    if params.get("drop_pending_updates"):
        world.updates.pending.clear()
    world.updates.allow(params.get("allowed_updates"))
    world.updates.set_webhook(Webhook(url, secret, connections))
    return True


def delete_webhook(world: World, params: JSON) -> bool:
    if params.get("drop_pending_updates"):
        world.updates.pending.clear()
    world.updates.set_webhook(None)
    return True


def get_webhook_info(world: World, params: JSON) -> JSON:
    webhook = world.updates.webhook
    info: JSON = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending),
    }
    if webhook:
        info["max_connections"] = webhook.connections
    if world.updates.allowed:
        info["allowed_updates"] = list(world.updates.allowed)
    if webhook and world.updates.last_error:
        info["last_error_date"], info["last_error_message"] = world.updates.last_error
    return info


def _make_profile_methods(field: str, parameter: str, most: int) -> dict[str, Method]:
    def set_text(world: World, params: JSON) -> bool:
        language, text = params.get("language_code", ""), params.get(parameter, "")
        rules.check_language(language)
        rules.check_length(text, most, f"the {parameter} is longer than {most}")
        world.profile[field, language] = text
        return True

    def get_text(world: World, params: JSON) -> JSON:
        language = params.get("language_code", "")
        found = world.profile.get((field, language)) or world.profile.get((field, ""), "")
        return {parameter: found or (world.bot.first_name if field == "Name" else "")}

    return {f"setMy{field}": set_text, f"getMy{field}": get_text}


def _accept(world: World, params: JSON) -> bool:
    return True


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "leaveChat": leave_chat,
    "getFile": get_file,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "setChatMenuButton": _accept,
    **_make_profile_methods("Name", "name", 64),
    **_make_profile_methods("Description", "description", 512),
    **_make_profile_methods("ShortDescription", "short_description", 120),
}
