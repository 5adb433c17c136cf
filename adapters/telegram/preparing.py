"""Markdown as models write it, made into Markdown that a strict parser reads as it was meant.

What the parser must not see is swapped for characters of Unicode's private area that the text
itself does not hold, which to a parser are letters; what it must see apart is parted by one more
of them, the joint. Swapping back afterwards restores all, in code and addresses as well, so that
nothing here needs to know where code begins or ends.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

_HIDDEN = "<:_*~$|\\"
_PRIVATE = range(0xE000, 0xF900)

_ADDRESS = re.compile(r"(?i:https?)://[^\s<>`|\x80-\U0010ffff]+")
_ADDRESS_TAIL = "*_~.,;:!?)]}'\""
# What inside an address would be taken for emphasis or mathematics.
_ACTIVE = re.compile(r"(?<!\\)[_*~$]")
_TAG = re.compile(r"<(?!https?://[^\s<>]+>)", re.IGNORECASE)
_DEFINITION = re.compile(r"(?<=\]):")
_SPOILER = re.compile(r"(?<=\|)\|")
_PRODUCT = re.compile(r"(?<=\d)\*(?=\d)")
_DUNDER = re.compile(r"(?<!\w)__(?=[a-z]+(?:_[a-z]+)*__(?:\(|\.\w))")
_VARIABLE = re.compile(r"\$(?=[A-Z_]{2,}\b(?!\$))")
# A link is one to a web address and with words to click; any other is shown as it is written.
_NO_LINK = re.compile(r"(?<=\])(?=\((?!<?https?://))|(?<=\[\])(?=\()", re.IGNORECASE)

# Beside these scripts CommonMark takes `**重点：**内容` for no emphasis, because a mark of
# punctuation stands inside and no space outside; here East Asian punctuation counts as letters,
# and other punctuation does so where the letter across is East Asian.
_EAST = (
    r"\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    r"\U00020000-\U0003fffd"
)
_EAST_MARKS = r"\u3001-\u3003\u3008-\u301f\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff65"
_RUN = r"(?:\*+|~~)"
_BEFORE_RUN = re.compile(
    rf"(?:(?<=[^\w\s\\|*~])|(?<=_))(?={_RUN}[{_EAST}])|(?<=[{_EAST_MARKS}])(?={_RUN}[^\s|*~])"
)
_AFTER_RUN = re.compile(
    rf"(?:(?<=[{_EAST}]){_RUN}(?=[^\w\s|*~]|_)|(?<=[^\W_]){_RUN}(?=[{_EAST_MARKS}]))"
)
_TABLE = re.compile(r"^[ \t>]*+\|?[ \t]*+:?-++:?[ \t]*\|[-:| \t]*$", re.MULTILINE)

# Formulas that the library would take very long over, or make very long: roots within roots
# double in length with each.
_DOUBLING = re.compile(r"\\(?:sqrt|over|under|[bx]?cancel|sout)")
_COMMAND = re.compile(r"\\(?=[A-Za-z\[(])")
_MOST_DOUBLINGS = 6
_MOST_COMMANDS = 200


@dataclass(frozen=True, slots=True)
class Prepared:
    """Markdown for the parser; `hidden` tells what each private character stands for, and the
    `joint` stands for nothing."""

    text: str
    hidden: dict[str, str]
    joint: str

    def restore(self, text: str) -> str:
        """A piece of the parser's output with the text's own characters."""
        table = str.maketrans("".join(self.hidden), "".join(self.hidden.values()), self.joint)
        return text.translate(table)


def prepare(markdown: str) -> Prepared | None:
    """None if the text holds all of the private area, so that nothing is left to stand in."""
    used = set(markdown)
    free = (private for private in map(chr, _PRIVATE) if private not in used)
    found = [*islice(free, 1 + len(_HIDDEN))]
    if len(found) <= len(_HIDDEN):
        return None
    joint, *others = found
    stand_ins = dict(zip(_HIDDEN, others, strict=True))
    text = _disarm(_hide(markdown, stand_ins, joint), stand_ins["\\"])
    text = _BEFORE_RUN.sub(joint, _AFTER_RUN.sub(rf"\g<0>{joint}", text))
    if _TABLE.search(text):
        text = _widen(text, joint)
    return Prepared(text, {other: own for own, other in stand_ins.items()}, joint)


def _hide(text: str, stand_ins: dict[str, str], joint: str) -> str:
    """The text without tags, spoilers and definitions, and with addresses left in one piece."""

    table = str.maketrans("".join(stand_ins), "".join(stand_ins.values()))

    def hide(match: re.Match[str]) -> str:
        return match[0].translate(table)

    def hide_in_address(match: re.Match[str]) -> str:
        address = match[0].rstrip(_ADDRESS_TAIL)
        return _ACTIVE.sub(hide, address) + match[0][len(address) :]

    text = _ADDRESS.sub(hide_in_address, text)
    for pattern in (_TAG, _DEFINITION, _SPOILER, _PRODUCT, _DUNDER, _VARIABLE):
        text = pattern.sub(hide, text)
    return _NO_LINK.sub(joint, text)


def _disarm(text: str, stand_in: str) -> str:
    """The text with such formulas as they are written."""
    paragraphs = text.split("\n\n")
    for index, paragraph in enumerate(paragraphs):
        doublings = len(_DOUBLING.findall(paragraph))
        if doublings > _MOST_DOUBLINGS or len(_COMMAND.findall(paragraph)) > _MOST_COMMANDS:
            paragraphs[index] = _COMMAND.sub(stand_in, paragraph)
    return "\n\n".join(paragraphs)


def _widen(text: str, joint: str) -> str:
    """A joint behind every character two columns wide in the rows of tables, as the parser pads
    cells by their length. A joint that stands beside one for another reason counts for it."""
    wide = re.compile(rf"({joint}{_RUN})?([^\x00-\u10ff])(?!{_RUN}?{joint})")

    def pad(match: re.Match[str]) -> str:
        padded = not match[1] and unicodedata.east_asian_width(match[2]) in "WF"
        return match[0] + joint if padded else match[0]

    lines = text.split("\n")
    return "\n".join(wide.sub(pad, line) if "|" in line else line for line in lines)
