"""The answers that their readers found good."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ledger.connection import transaction
from bot.ledger.schema import answers, votes
from bot.ledger.shapes import load_answer
from bot.nouns import Kept


class SqlFeedback:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read_liked(self) -> list[Kept]:
        """Answers with a 👍 and without any 👎, oldest first. Raises LedgerError."""
        own = votes.c.answer == answers.c.name
        liked = exists().where(own, votes.c.way == "up")
        disliked = exists().where(own, votes.c.way == "down")
        async with transaction(self._engine) as connection:
            rows = await connection.execute(
                select(answers).where(liked, ~disliked).order_by(answers.c.id)
            )
        return [
            Kept(row.question, load_answer(row.answer), row.chat, row.asker, row.event_id)
            for row in rows
        ]
