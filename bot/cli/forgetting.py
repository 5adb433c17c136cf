"""`openbook forget`: what a person has said and been told leaves the ledger."""

from adapters.terminal import make_console
from bot.ledger.opening import open_ledger
from bot.settings import read_settings


async def forget_asker(asker: str) -> int:
    async with open_ledger(read_settings().database_url) as ledger:
        deleted = await ledger.forget_asker(asker)
    make_console().print(f"Deleted messages and answers of {asker}: {deleted:,}")
    return 0
