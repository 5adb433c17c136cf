"""What people do where the documents do not help."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class HandoffState(StrEnum):
    """How far a hand-off is; `bot.handoff` has the ways between them."""

    CALLING = "calling"  # the staff is being told
    WAITING = "waiting"  # for the staff's first word
    TALKING = "talking"
    CLOSED = "closed"  # by the staff
    LEFT = "left"  # by the asker
    EXPIRED = "expired"
    FAILED = "failed"  # the staff could not be reached


@dataclass(frozen=True, slots=True)
class Handoff:
    """A conversation that the staff has taken over from the bot: of the `asker` in the `chat`, both
    by their keys. `thread` is the number of the message that told the staff, `said` what the staff
    has answered so far, as Markdown, by the event that it was said in; `answer` the name of the
    answer that it began with; `event_id` what led to the state."""

    number: int
    chat: str
    asker: str
    name: str
    language: str
    question: str
    answer: str = ""
    state: HandoffState = HandoffState.CALLING
    thread: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    event_id: str = ""
    touched: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that found no evidence, or whose answer somebody disliked. `number` counts
    answers; `chat` and `asker` are keys."""

    number: int
    question: str
    chat: str
    asker: str
    disliked: bool
    given: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that mean the same, oldest first."""

    questions: tuple[Unanswered, ...]

    @property
    def number(self) -> int:
        """That of its oldest question, so that it stays when others ask the same."""
        return self.questions[0].number

    @property
    def question(self) -> str:
        return self.questions[0].question

    @property
    def wordings(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys(one.question for one in self.questions))

    def cut(self, most: int, last: int) -> "Gap":
        """What of it can be shown: its questions up to that number, in so many wordings."""
        asked = [one for one in self.questions if one.number <= last]
        shown = list(dict.fromkeys(one.question for one in asked))[:most]
        return Gap(tuple(one for one in asked if one.question in shown))
