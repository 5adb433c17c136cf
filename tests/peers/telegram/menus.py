"""The lists of commands behind the menu button, by scope and language."""

from tests.peers.telegram import rules
from tests.peers.telegram.chats import Chat
from tests.peers.telegram.messages import User
from tests.peers.telegram.refusal import JSON
from tests.peers.telegram.sending import Method
from tests.peers.telegram.world import Scope, World


def set_my_commands(world: World, params: JSON) -> bool:
    rules.check_commands(params["commands"])
    world.menus[_read_key(world, params)] = params["commands"]
    return True


def get_my_commands(world: World, params: JSON) -> list[JSON]:
    return world.menus.get(_read_key(world, params), [])


def delete_my_commands(world: World, params: JSON) -> bool:
    world.menus.pop(_read_key(world, params), None)
    return True


def _read_key(world: World, params: JSON) -> tuple[Scope, str]:
    scope = params.get("scope") or {"type": "default"}
    language = params.get("language_code", "")
    rules.check_language(language)
    if "chat_id" in scope:
        world.find_chat(scope["chat_id"])
    return (scope["type"], scope.get("chat_id"), scope.get("user_id")), language


def find_menu(world: World, chat: Chat, user: User) -> list[JSON]:
    """The commands that somebody sees in a chat: the closest scope wins, and in it the own
    language before the one for all."""
    owner = chat.is_owner(user.id)
    scopes: list[Scope] = [("chat_member", chat.id, user.id)] if chat.is_group else []
    scopes += [("chat_administrators", chat.id, None)] if owner else []
    scopes += [("chat", chat.id, None)]
    scopes += [("all_chat_administrators", None, None)] if owner else []
    scopes += [("all_group_chats" if chat.is_group else "all_private_chats", None, None)]
    scopes += [("default", None, None)]
    found = (
        world.menus.get((scope, language))
        for scope in scopes
        for language in (user.language[:2], "")
    )
    return next((menu for menu in found if menu), [])


METHODS: dict[str, Method] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
}
