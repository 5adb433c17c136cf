"""Hand-offs, questions without an answer, and which of the bot's messages are about what."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, delete, desc, exists, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.handoff import OPEN
from bot.ledger.connection import transaction
from bot.ledger.schema import answers, handoffs, settled, subjects, votes
from bot.nouns import Handoff, HandoffState, Outcome, Unanswered


class SqlCasebook:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self, handoff: Handoff) -> Handoff | None:
        adding = insert(handoffs).values(_dump(handoff)).returning(handoffs)
        try:
            async with transaction(self._engine) as connection:
                return _read((await connection.execute(adding)).one())
        except IntegrityError:
            return None

    async def find(self, number: int) -> Handoff | None:
        async with transaction(self._engine) as connection:
            found = await connection.execute(select(handoffs).where(handoffs.c.number == number))
            row = found.first()
        return _read(row) if row else None

    async def find_open(self, chat: str, asker: str) -> Handoff | None:
        wanted = select(handoffs).where(handoffs.c.open == _name_open(chat, asker))
        async with transaction(self._engine) as connection:
            row = (await connection.execute(wanted)).first()
        return _read(row) if row else None

    async def find_led(self, event_id: str) -> Handoff | None:
        wanted = select(handoffs).where(handoffs.c.event_id == event_id)
        async with transaction(self._engine) as connection:
            row = (await connection.execute(wanted)).first()
        return _read(row) if row else None

    async def change(self, before: Handoff, after: Handoff) -> bool:
        old, new = _dump(before), _dump(after)
        values = {name: value for name, value in new.items() if value != old[name]}
        changing = (
            update(handoffs)
            .where(handoffs.c.number == before.number, handoffs.c.state == before.state.value)
            .values({"state": new["state"], **values})
        )
        try:
            async with transaction(self._engine) as connection:
                return (await connection.execute(changing)).rowcount == 1
        except IntegrityError:
            return False

    async def find_quiet(self, since: datetime) -> list[Handoff]:
        quiet = select(handoffs).where(handoffs.c.open.is_not(None), handoffs.c.touched < since)
        async with transaction(self._engine) as connection:
            return [_read(row) for row in await connection.execute(quiet)]

    async def note_subject(self, room: str, numbers: Sequence[str], subject: str) -> None:
        moment = datetime.now(UTC)
        async with transaction(self._engine) as connection:
            for number in numbers:
                key = {"room": room, "number": number}
                await connection.execute(delete(subjects).filter_by(**key))
                row = {**key, "subject": subject, "given": moment}
                await connection.execute(insert(subjects).values(row))

    async def find_subject(self, room: str, number: str) -> str:
        wanted = select(subjects.c.subject).filter_by(room=room, number=number)
        async with transaction(self._engine) as connection:
            return (await connection.execute(wanted)).scalar() or ""

    async def read_unanswered(self, most: int) -> list[Unanswered]:
        disliked = exists().where(votes.c.answer == answers.c.name, votes.c.way == "down")
        wanted = (
            select(answers, disliked.label("disliked"))
            .where(
                or_(answers.c.outcome == Outcome.NOT_FOUND.value, disliked),
                ~exists().where(settled.c.answer == answers.c.id),
            )
            .order_by(desc(answers.c.id))
            .limit(most)
        )
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(wanted)).all()
        return [
            Unanswered(row.id, row.question, row.chat, row.asker, bool(row.disliked), row.given)
            for row in reversed(rows)
        ]

    async def settle(self, numbers: Sequence[int]) -> None:
        async with transaction(self._engine) as connection:
            await connection.execute(delete(settled).where(settled.c.answer.in_(numbers)))
            for number in numbers:
                await connection.execute(insert(settled).values(answer=number))

    async def forget_asker(self, asker: str) -> int:
        """Deletes the hand-offs of a person; how many."""
        async with transaction(self._engine) as connection:
            gone = await connection.execute(delete(handoffs).where(handoffs.c.asker == asker))
        return gone.rowcount

    async def drop_older(self, moment: datetime) -> int:
        """Deletes what is older, save hand-offs that are open; how many hand-offs."""
        over = and_(handoffs.c.open.is_(None), handoffs.c.touched < moment)
        async with transaction(self._engine) as connection:
            gone = await connection.execute(delete(handoffs).where(over))
            await connection.execute(delete(subjects).where(subjects.c.given < moment))
            await connection.execute(
                delete(settled).where(~exists().where(answers.c.id == settled.c.answer))
            )
        return gone.rowcount


def _name_open(chat: str, asker: str) -> str:
    return f"{chat} {asker}"


def _dump(handoff: Handoff) -> dict[str, Any]:
    is_open = handoff.state in OPEN
    return {
        "open": _name_open(handoff.chat, handoff.asker) if is_open else None,
        "chat": handoff.chat,
        "asker": handoff.asker,
        "name": handoff.name,
        "language": handoff.language,
        "question": handoff.question,
        "answer": handoff.answer,
        "state": handoff.state.value,
        "thread": handoff.thread,
        "said": dict(handoff.said),
        "event_id": handoff.event_id,
        "touched": handoff.touched,
    }


def _read(row: Row[tuple[object, ...]]) -> Handoff:
    touched: datetime = row.touched
    return Handoff(
        number=row.number,
        chat=row.chat,
        asker=row.asker,
        name=row.name,
        language=row.language,
        question=row.question,
        answer=row.answer,
        state=HandoffState(row.state),
        thread=row.thread,
        said=row.said,
        event_id=row.event_id,
        # SQLite gives no time zone back.
        touched=touched if touched.tzinfo else touched.replace(tzinfo=UTC),
    )
