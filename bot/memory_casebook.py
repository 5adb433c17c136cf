"""A Casebook that is lost with the process, for where there is no ledger."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

from bot.handoff import OPEN
from bot.memory import EVENTS, MemoryArchive, Recent
from bot.nouns import Handoff, Outcome, Unanswered


class MemoryCasebook:
    def __init__(self, archive: MemoryArchive) -> None:
        self._archive = archive
        self._handoffs: list[Handoff] = []
        self._subjects = Recent[str](EVENTS)
        self._settled: set[int] = set()

    async def open(self, handoff: Handoff) -> Handoff | None:
        if await self.find_open(handoff.chat, handoff.asker) is not None:
            return None
        self._handoffs.append(replace(handoff, number=len(self._handoffs) + 1))
        return self._handoffs[-1]

    async def find(self, number: int) -> Handoff | None:
        return next((one for one in self._handoffs if one.number == number), None)

    async def find_open(self, chat: str, asker: str) -> Handoff | None:
        return next(
            (
                one
                for one in self._handoffs
                if (one.chat, one.asker) == (chat, asker) and one.state in OPEN
            ),
            None,
        )

    async def find_led(self, event_id: str) -> Handoff | None:
        return next((one for one in self._handoffs if one.event_id == event_id), None)

    async def change(self, before: Handoff, after: Handoff) -> bool:
        now = await self.find(before.number)
        other = await self.find_open(after.chat, after.asker) if after.state in OPEN else None
        taken = other is not None and other.number != before.number
        if now is None or now.state is not before.state or taken:
            return False
        changed = {
            one.name: getattr(after, one.name)
            for one in fields(Handoff)
            if getattr(after, one.name) != getattr(before, one.name)
        }
        self._handoffs[before.number - 1] = replace(now, **changed)
        return True

    async def find_quiet(self, since: datetime) -> list[Handoff]:
        return [one for one in self._handoffs if one.state in OPEN and one.touched < since]

    async def note_subject(self, room: str, numbers: Sequence[str], subject: str) -> None:
        for number in numbers:
            self._subjects.put(f"{room} {number}", subject)

    async def find_subject(self, room: str, number: str) -> str:
        return self._subjects.find(f"{room} {number}") or ""

    async def read_unanswered(self, most: int) -> list[Unanswered]:
        found = []
        for number, kept, given in self._archive.list_kept():
            disliked = "down" in kept.votes.values()
            refused = kept.answer.outcome is Outcome.NOT_FOUND
            if (disliked or refused) and number not in self._settled:
                one = Unanswered(number, kept.question, kept.chat, kept.asker, disliked, given)
                found.append(one)
        return found[-most:]

    async def settle(self, numbers: Sequence[int]) -> None:
        self._settled.update(numbers)
