"""Says when the index was made from another folder than the settings name."""

from adapters.terminal import make_safe
from bot.cli.guard import complain
from bot.texts import ENGLISH
from bot.wiring import Parts


async def warn_of_other_folder(parts: Parts) -> None:
    """A line on standard error; nothing when it is the same folder."""
    folder = await parts.find_other_folder()
    if folder:
        wanted = parts.librarian.folder
        complain(make_safe(ENGLISH.other_folder.format(folder=folder, wanted=wanted)))
