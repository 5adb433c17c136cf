"""Asks a model server whether the key and the model's name are good, at no cost."""

import asyncio
from dataclasses import dataclass

import openai

from bot.errors import ModelRejected
from bot.models.openai_client import OPENAI, build_client, read_key
from bot.models.openai_faults import Fault, Role, faults
from bot.settings import Settings

SECONDS = 8.0
LISTED = 8  # names shown when the right one is not among them


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """`doubt` says why the name could not be confirmed, or is ""; `shutdown_date` is the day the
    server takes the model away, where it gives one."""

    name: str
    address: str
    doubt: str = ""
    shutdown_date: str = ""


async def check_model(settings: Settings) -> ModelFacts:
    """Raises ModelError when the server cannot be reached, refuses the key or, being OpenAI's,
    does not have the model. Other servers may know more names than they list."""
    name, address = settings.chat_model, settings.openai_base_url or OPENAI
    models = await _list_models(settings)
    if models is None:
        return ModelFacts(name, address, doubt="the server does not list its models")
    if name in models:
        return ModelFacts(name, address, shutdown_date=models[name])
    some = ", ".join(sorted(models)[:LISTED]) or "none"
    if settings.openai_base_url is None:
        raise ModelRejected(
            f"The model server has no model {name!r} for this key.", "Correct OPENBOOK_CHAT_MODEL."
        )
    return ModelFacts(name, address, doubt=f"the server lists other models: {some}")


async def _list_models(settings: Settings) -> dict[str, str] | None:
    """Names with their shutdown dates; None from a server that has no such list."""
    role = Role(settings.chat_model, "OPENBOOK_CHAT_MODEL", "Try again later.", read_key(settings))
    try:
        with faults(role):
            async with asyncio.timeout(SECONDS), build_client(settings) as client:
                try:
                    page = await client.models.list()
                except openai.NotFoundError:
                    if settings.openai_base_url is None:
                        raise
                    return None
                return {model.id: model.shutdown_date or "" for model in page.data}
    except Fault as fault:
        raise fault.error from None
