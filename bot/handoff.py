"""The ways of a hand-off, in one table: what may happen in each state, and what it leads to.

    CALLING --reached--> WAITING --staff spoke--> TALKING
       |                    |                        |
       |                    +--closed, left, ran out-+--> CLOSED, LEFT, EXPIRED
       +--unreached, ran out--> FAILED

What is not in the table does not happen: what has ended stays so, and the asker calls anew.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bot.nouns import HandoffState

CALLING, WAITING, TALKING = HandoffState.CALLING, HandoffState.WAITING, HandoffState.TALKING


class Happening(StrEnum):
    REACHED = "reached"
    UNREACHED = "unreached"
    STAFF_SPOKE = "staff spoke"
    ASKER_SPOKE = "asker spoke"
    STAFF_CLOSED = "staff closed"
    ASKER_LEFT = "asker left"
    RAN_OUT = "ran out"


TABLE: Mapping[tuple[HandoffState, Happening], HandoffState] = MappingProxyType(
    {
        (CALLING, Happening.REACHED): WAITING,
        (CALLING, Happening.UNREACHED): HandoffState.FAILED,
        (CALLING, Happening.RAN_OUT): HandoffState.FAILED,  # the process ended meanwhile
        (WAITING, Happening.ASKER_SPOKE): WAITING,
        (WAITING, Happening.STAFF_SPOKE): TALKING,
        (WAITING, Happening.STAFF_CLOSED): HandoffState.CLOSED,
        (WAITING, Happening.ASKER_LEFT): HandoffState.LEFT,
        (WAITING, Happening.RAN_OUT): HandoffState.EXPIRED,
        (TALKING, Happening.ASKER_SPOKE): TALKING,
        (TALKING, Happening.STAFF_SPOKE): TALKING,
        (TALKING, Happening.STAFF_CLOSED): HandoffState.CLOSED,
        (TALKING, Happening.ASKER_LEFT): HandoffState.LEFT,
        (TALKING, Happening.RAN_OUT): HandoffState.EXPIRED,
    }
)

# In these the bot is mute: what the asker says is for the staff.
HELD = frozenset({WAITING, TALKING})
OPEN = HELD | {CALLING}


def follow(state: HandoffState, happening: Happening) -> HandoffState | None:
    """The state that it leads to; None if it cannot happen."""
    return TABLE.get((state, happening))
