"""What was written into chats unasked, so that nobody is told the same twice."""

from datetime import UTC, datetime

from sqlalchemy import delete, exists, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ledger.connection import transaction
from bot.ledger.schema import letters, messages
from bot.nouns import Told, read_chat_key


class SqlLetters:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, occasion: str) -> Told | None:
        async with transaction(self._engine) as connection:
            found = await connection.execute(select(letters).filter_by(occasion=occasion))
            row = found.first()
        return Told(read_chat_key(row.chat), tuple(row.numbers)) if row else None

    async def note(self, occasion: str, told: Told, asker: str) -> None:
        row = {
            "occasion": occasion,
            "asker": asker,
            "chat": told.chat.key,
            "numbers": list(told.numbers),
            "given": datetime.now(UTC),
        }
        try:
            async with transaction(self._engine) as connection:
                await connection.execute(insert(letters).values(row))
        except IntegrityError:
            pass  # another process has told it at the same time

    async def forget_asker(self, asker: str) -> None:
        """Deletes those that were a person's matter and those for what they have said."""
        said = exists().where(
            messages.c.asker == asker, letters.c.occasion.startswith(messages.c.event_id + " ")
        )
        async with transaction(self._engine) as connection:
            await connection.execute(delete(letters).where(or_(letters.c.asker == asker, said)))

    async def drop_older(self, moment: datetime) -> None:
        async with transaction(self._engine) as connection:
            await connection.execute(delete(letters).where(letters.c.given < moment))
