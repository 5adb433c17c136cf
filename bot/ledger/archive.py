"""Answers with their evidence, the votes on them, and the conversations that they make."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import and_, delete, desc, exists, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ledger.batching import Batches
from bot.ledger.connection import transaction
from bot.ledger.schema import answers, chats, messages, votes
from bot.ledger.shapes import dump_answer, load_answer, load_scope
from bot.nouns import Kept, Scope, Turn


class SqlArchive:
    """What is looked up of all who arrive comes by the `door`, past all who wait for the
    `engine`."""

    def __init__(self, engine: AsyncEngine, door: AsyncEngine) -> None:
        self._engine = engine
        self._door = door
        self._arriving = Batches(self._read_languages)

    async def keep(self, kept: Kept, *, remembered: bool) -> str:
        name = secrets.token_hex(4)
        usage = kept.answer.usage
        row = {
            "name": name,
            "event_id": kept.event_id,
            "chat": kept.chat,
            "asker": kept.asker,
            "question": kept.question,
            "answer": dump_answer(kept.answer),
            "outcome": kept.answer.outcome.value,
            "tokens": usage.tokens,
            "price": usage.price,
            "remembered": remembered,
            "given": datetime.now(UTC),
        }
        async with transaction(self._engine) as connection:
            await connection.execute(insert(answers).values(row))
        return name

    async def find(self, name: str, chat: str) -> Kept | None:
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                select(answers).where(answers.c.name == name, answers.c.chat == chat)
            )
            row = found.first()
            if row is None:
                return None
            ways = await connection.execute(select(votes).where(votes.c.answer == name))
            return _read(row, {vote.asker: vote.way for vote in ways})

    async def vote(self, name: str, asker: str, way: str) -> None:
        """An empty `way` takes the vote back."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                delete(votes).where(votes.c.answer == name, votes.c.asker == asker)
            )
            if way:
                row = {"answer": name, "asker": asker, "way": way, "given": datetime.now(UTC)}
                await connection.execute(insert(votes).values(row))

    async def read_turns(self, chat: str, most: int, scope: Scope) -> list[Turn]:
        """Of the conversation, oldest first."""
        given = answers.c.answer
        async with transaction(self._engine) as connection:
            rows = await connection.execute(
                select(
                    answers.c.question,
                    given["text"].as_string().label("text"),
                    given["scope"].label("scope"),
                )
                .where(answers.c.chat == chat, answers.c.remembered)
                .order_by(desc(answers.c.id))
                .limit(most)
            )
        return [
            Turn(row.question, row.text)
            for row in reversed(rows.all())
            if scope.covers(load_scope(row.scope))
        ]

    async def find_last(self, chat: str) -> str:
        """The name of the conversation's last answer, or ""."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                select(answers.c.name)
                .where(answers.c.chat == chat, answers.c.remembered)
                .order_by(desc(answers.c.id))
                .limit(1)
            )
        return found.scalar() or ""

    async def forget_turns(self, chat: str, since: str = "") -> None:
        """The conversation, or what came in it from that event on."""
        gone = and_(answers.c.chat == chat, answers.c.remembered)
        if since:
            first = (
                select(func.min(answers.c.id))
                .where(answers.c.chat == chat, answers.c.event_id == since)
                .scalar_subquery()
            )
            gone = and_(gone, answers.c.id >= first)
        async with transaction(self._engine) as connection:
            await connection.execute(update(answers).where(gone).values(remembered=False))

    async def read_language(self, chat: str) -> str:
        return await self._arriving.ask(chat)

    async def _read_languages(self, wanted: Sequence[str]) -> Sequence[str]:
        async with transaction(self._door) as connection:
            rows = await connection.execute(select(chats).where(chats.c.chat.in_(wanted)))
        found = {row.chat: row.language for row in rows}
        return [found.get(chat, "") for chat in wanted]

    async def set_language(self, chat: str, language: str) -> None:
        async with transaction(self._engine) as connection:
            await connection.execute(delete(chats).where(chats.c.chat == chat))
            if language:
                await connection.execute(insert(chats).values(chat=chat, language=language))

    async def read_liked(self) -> list[Kept]:
        """Answers with a 👍 and without any 👎, oldest first. Raises LedgerError."""
        own = votes.c.answer == answers.c.name
        liked = exists().where(own, votes.c.way == "up")
        disliked = exists().where(own, votes.c.way == "down")
        async with transaction(self._engine) as connection:
            rows = await connection.execute(
                select(answers).where(liked, ~disliked).order_by(answers.c.id)
            )
        return [_read(row, {}) for row in rows]

    async def forget_asker(self, asker: str) -> int:
        """Deletes all that a person has said and been told; how many messages and answers."""
        async with transaction(self._engine) as connection:
            own = select(answers.c.name).where(answers.c.asker == asker)
            await connection.execute(delete(votes).where(votes.c.answer.in_(own)))
            await connection.execute(delete(votes).where(votes.c.asker == asker))
            gone = await connection.execute(delete(answers).where(answers.c.asker == asker))
            said = await connection.execute(delete(messages).where(messages.c.asker == asker))
        return gone.rowcount + said.rowcount

    async def drop_older(self, moment: datetime) -> int:
        """Deletes what is older, save what is to be taken up yet; how many messages and answers."""
        async with transaction(self._engine) as connection:
            old = select(answers.c.name).where(answers.c.given < moment)
            await connection.execute(delete(votes).where(votes.c.answer.in_(old)))
            gone = await connection.execute(delete(answers).where(answers.c.given < moment))
            said = await connection.execute(
                delete(messages).where(messages.c.received < moment, messages.c.envelope.is_(None))
            )
        return gone.rowcount + said.rowcount


def _read(row: Row[tuple[object, ...]], ways: dict[str, str]) -> Kept:
    return Kept(
        question=row.question,
        answer=load_answer(row.answer),
        chat=row.chat,
        asker=row.asker,
        event_id=row.event_id,
        votes=ways,
    )
