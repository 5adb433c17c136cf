"""Messages from when they are accepted until they are answered."""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, and_, case, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import LedgerError
from bot.ledger.batching import Batches
from bot.ledger.connection import transaction
from bot.ledger.schema import State, answers, messages
from bot.ledger.shapes import load_answer
from bot.nouns import Answer, Message, Waiting

# How many leases a message rests before it is taken up, by how often it has been already: what
# ended its process is to leave time for others, and what was away may be back.
RESTS = (0, 3, 15, 60)

RECENT = timedelta(minutes=10)  # an answer is written in less

_OPEN = messages.c.state.in_([State.WAITING, State.DELIVERING])

logger = logging.getLogger(__name__)


class SqlInbox:
    """`worker` names this process; what it has not said for `lease` seconds that it is answering is
    taken up again. What arrives comes in by the `door`, past all who wait for
    the `engine`: a platform gives a few seconds to acknowledge it."""

    def __init__(self, engine: AsyncEngine, door: AsyncEngine, worker: str, lease: float) -> None:
        self._engine = engine
        self._door = door
        self._arriving = Batches(self._write)
        self._worker = worker
        self._lease = lease

    async def accept(self, message: Message, envelope: Mapping[str, Any] | None = None) -> bool:
        row: dict[str, Any] = {
            "event_id": message.event_id,
            "platform": message.chat.platform,
            "chat": message.chat.key,
            "asker": message.asker.key,
            "text": message.text,
            "envelope": envelope,
            "state": State.WAITING if envelope is not None else State.SETTLED,
            "sent": [],
            "worker": self._worker,
            "lease": time.time() + self._lease,
            "received": datetime.now(UTC),
        }
        return await self._arriving.ask(row)

    async def _write(self, rows: Sequence[dict[str, Any]]) -> Sequence[bool]:
        """Which of them are new."""
        try:
            async with transaction(self._door) as connection:
                await connection.execute(insert(messages), rows)
        except IntegrityError:
            if len(rows) > 1:
                raise  # which of them it is shows when each is written alone
            return [False]
        return [True] * len(rows)

    async def begin_delivery(self, event_id: str, answer: str, numbers: Sequence[str]) -> None:
        # What is not to be taken up again stays settled: nobody may come to settle it.
        lasting = messages.c.envelope.is_not(None)
        state = case((lasting, State.DELIVERING.value), else_=messages.c.state)
        begun = {"state": state, "answer": answer, "sent": list(numbers)}
        if not await self._set(event_id, self._is_own(), begun):
            raise LedgerError("Another process answers it by now, or its asker was forgotten.")

    async def note_sent(self, event_id: str, numbers: Sequence[str]) -> None:
        # An edit notes them with the message that it replaces, which anyone may have answered.
        free = or_(self._is_own(), messages.c.state == State.SETTLED)
        await self._set(event_id, free, {"sent": list(numbers)})

    async def settle(self, event_id: str, numbers: Sequence[str]) -> None:
        settled = {"state": State.SETTLED, "sent": list(numbers), "envelope": None}
        await self._set(event_id, self._is_own(), settled)

    async def find_sent(self, event_id: str) -> tuple[str, ...]:
        async with transaction(self._engine) as connection:
            rows = await connection.execute(
                select(messages.c.sent).where(messages.c.event_id == event_id)
            )
        row = rows.first()
        return tuple(row.sent) if row else ()

    async def is_alone(self, event_id: str, chats: str) -> bool:
        lately = messages.c.received > datetime.now(UTC) - RECENT
        others = (
            messages.c.event_id != event_id,
            messages.c.chat.startswith(chats, autoescape=True),
            or_(_OPEN, lately),  # a button's question is answered without being open
        )
        async with transaction(self._engine) as connection:
            found = await connection.execute(select(messages.c.event_id).where(*others).limit(1))
        return found.first() is None

    async def release(self, event_id: str, numbers: Sequence[str]) -> None:
        """Leaves the message to whoever comes next; that this process ends is not its fault."""
        values = {"state": State.WAITING, "sent": list(numbers), "lease": 0.0, "attempts": 0}
        await self._set(event_id, and_(self._is_own(), _OPEN), values)

    async def renew(self, event_ids: Collection[str]) -> None:
        """This process is still answering those."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                update(messages)
                .where(_OPEN, self._is_own(), messages.c.event_id.in_(event_ids))
                .values(lease=time.time() + self._lease)
            )

    async def claim(self, platforms: Collection[str]) -> list[Waiting]:
        """What nobody is answering, each for one process alone."""
        now = time.time()
        rests = {count: self._lease * rest for count, rest in enumerate(RESTS)}
        left = and_(
            _OPEN,
            messages.c.platform.in_(platforms),
            messages.c.envelope.is_not(None),
            messages.c.lease < now - case(rests, value=messages.c.attempts, else_=0.0),
        )
        taking = {
            "worker": self._worker,
            "lease": now + self._lease,
            "attempts": messages.c.attempts + 1,
        }
        async with transaction(self._engine) as connection:
            await self._give_up(connection, left)
            ids = (
                await connection.execute(
                    update(messages).where(left).values(taking).returning(messages.c.event_id)
                )
            ).scalars()
            wanted = list(ids)
            return [await self._read(connection, event_id) for event_id in wanted]

    async def _give_up(self, connection: AsyncConnection, left: ColumnElement[bool]) -> None:
        """Of what is left, that whose asker could not even be told."""
        ids = await connection.execute(
            update(messages)
            .where(left, messages.c.attempts >= len(RESTS))
            .values(state=State.SETTLED, envelope=None)
            .returning(messages.c.event_id)
        )
        for event_id in ids.scalars():
            logger.error("%s is given up: it was taken up %d times", event_id, len(RESTS))

    async def _read(self, connection: AsyncConnection, event_id: str) -> Waiting:
        joined = messages.outerjoin(answers, messages.c.answer == answers.c.name)
        row = (
            await connection.execute(
                select(messages, answers.c.answer.label("kept"))
                .select_from(joined)
                .where(messages.c.event_id == event_id)
            )
        ).one()
        delivering = row.state == State.DELIVERING and row.kept is not None
        return Waiting(
            event_id=row.event_id,
            platform=row.platform,
            envelope=row.envelope,
            sent=tuple(row.sent),
            answer=_load(row.kept, row.answer) if delivering else None,
            last=row.attempts == len(RESTS),
        )

    def _is_own(self) -> ColumnElement[bool]:
        """Nobody else answers it: a process that was taken for dead may live on."""
        return messages.c.worker == self._worker

    async def _set(
        self, event_id: str, condition: ColumnElement[bool], values: Mapping[str, object]
    ) -> bool:
        """Whether the message is there and meets the condition."""
        setting = update(messages).where(messages.c.event_id == event_id, condition)
        async with transaction(self._engine) as connection:
            return bool((await connection.execute(setting.values(values))).rowcount)


def _load(kept: dict[str, Any], name: str) -> Answer | None:
    """None for what another version of Openbook kept in its own way: that is answered anew."""
    try:
        return replace(load_answer(kept), name=name)
    except ValidationError as error:
        logger.warning("The answer %s is of no use: %d errors", name, error.error_count())
        return None
