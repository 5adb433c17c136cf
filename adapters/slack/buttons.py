"""What Slack keeps of a button: its command, and the conversation that it belongs to, which goes
with an answer where it is shown to others."""

from dataclasses import dataclass

from bot.nouns import Button
from bot.presenting import pack_button, unpack_button

SHARE = "share"  # the action of the button that shows an answer to all
RATE = "rate"  # that of Slack's own feedback buttons
QUESTION = 300  # characters of the question that a shared answer is shown with


@dataclass(frozen=True, slots=True)
class Pressed:
    """`thread` is that of the conversation; `question` is given for an answer to be shared."""

    command: str
    in_place: bool
    thread: str
    question: str = ""


def pack(button: Button, thread: str, question: str = "") -> str:
    return "\n".join((thread, pack_button(button), question[:QUESTION]))


def unpack(value: str) -> Pressed:
    thread, _, rest = value.partition("\n")
    data, _, question = rest.partition("\n")
    command, in_place = unpack_button(data)
    return Pressed(command, in_place, thread, question)
