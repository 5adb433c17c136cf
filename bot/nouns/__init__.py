"""The nouns of Openbook: frozen values that travel between its rooms.

Offsets are counted in characters (Python string indices) of `Document.text`, the normalised
text of a file. Paths are relative to the knowledge folder, with forward slashes. Money is in
US dollars, durations are in seconds.
"""

from bot.nouns.access import EVERYTHING, NOTHING, Scope, make_scope
from bot.nouns.answering import (
    Answer,
    Button,
    Citation,
    Denial,
    Done,
    Event,
    Excerpt,
    Found,
    Kept,
    Outcome,
    Searching,
    Text,
    Usage,
    Working,
)
from bot.nouns.asking import (
    Asker,
    Attachment,
    Chat,
    Message,
    Question,
    Told,
    Turn,
    Waiting,
    read_chat_key,
)
from bot.nouns.finding import (
    Document,
    Evidence,
    Mode,
    Passage,
    SearchResult,
    Section,
    Source,
)
from bot.nouns.helping import Gap, Handoff, HandoffState, Unanswered
from bot.nouns.paying import (
    Budget,
    Budgets,
    Cost,
    Payer,
    Reservation,
    find_exceeded,
)

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "Answer",
    "Asker",
    "Attachment",
    "Budget",
    "Budgets",
    "Button",
    "Chat",
    "Citation",
    "Cost",
    "Denial",
    "Document",
    "Done",
    "Event",
    "Evidence",
    "Excerpt",
    "Found",
    "Gap",
    "Handoff",
    "HandoffState",
    "Kept",
    "Message",
    "Mode",
    "Outcome",
    "Passage",
    "Payer",
    "Question",
    "Reservation",
    "Scope",
    "SearchResult",
    "Searching",
    "Section",
    "Source",
    "Text",
    "Told",
    "Turn",
    "Unanswered",
    "Usage",
    "Waiting",
    "Working",
    "find_exceeded",
    "make_scope",
    "read_chat_key",
]
