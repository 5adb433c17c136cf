"""`openbook migrate`: the tables of the ledger, as this version of Openbook needs them."""

from adapters.terminal import make_console
from bot.ledger.checking import check_ledger
from bot.ledger.opening import open_ledger
from bot.settings import read_settings


async def migrate_ledger() -> int:
    """What `openbook serve` does too before anything else, for hosts that want it done, or a fault
    of the database found, before the processes of the new version begin."""
    address = read_settings().database_url
    async with open_ledger(address):
        where, _ = await check_ledger(address)
    make_console().print(f"The ledger is up to date: {where}")
    return 0
