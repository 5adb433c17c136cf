"""Asks a model server when it takes a model away."""

import asyncio

from bot.models.openai_client import build_client, find_server
from bot.models.openai_faults import Fault, Role, faults
from bot.settings import Settings

SECONDS = 8.0


async def find_shutdown_date(settings: Settings, model: str) -> str:
    """The day as the server writes it, or "": none is known, or the server keeps no such list.
    Raises ModelError when it refuses to say or cannot be reached."""
    server = find_server(settings)
    role = Role(model, "OPENBOOK_CHAT_MODEL", server, "Try again later.")
    try:
        with faults(role):
            async with asyncio.timeout(SECONDS), build_client(server) as client:
                models = (await client.models.list()).data
    except Fault as fault:
        raise fault.error from None
    except AttributeError:  # the SDK does not check what is sent
        return ""
    known = (model for model in models or () if getattr(model, "id", None) == role.model)
    return str(getattr(next(known, None), "shutdown_date", None) or "")
