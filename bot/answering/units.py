"""The statements of a passage as they can be shown alone: a sentence, the answer to a question
that stands before it, a list with its introduction, a table row with its header."""

import re
from dataclasses import dataclass

from bot.answering.sentences import find_sentences
from bot.nouns import Passage

_HEADING = re.compile(r"#{1,6}\s+(.*?)[\s#]*$")
_RULE = re.compile(r"[-*_=\s]{3,}$|\|?[\s:|-]+\|[\s:|-]*$")
_ITEM_MARK = re.compile(r"^(?:[-*+•‣◦]\s+|\d{1,3}[.)、]\s?)")
_ASKED = re.compile(
    r"^(?:\*\*)?(?:Q|Question|Frage|问|問|問題|质问)\s?\d*\s?[:：.]\s*", re.IGNORECASE
)
_REPLIED = re.compile(
    r"^(?:\*\*)?(?:A|Answer|Antwort|答|回答)\s?\d*\s?[:：.]\s*(?:\*\*)?\s*", re.IGNORECASE
)
# Lines of an e-mail that say who writes to whom, not what. A date stands elsewhere too.
_SENDER = re.compile(r"^(?:\*\*)?(?:From|Von|发件人)(?:\*\*)?[:：]", re.MULTILINE)
_MAIL_HEADER = re.compile(
    r"(?:\*\*)?(?:From|To|Cc|Bcc|Date|Sent|Subject|Reply-To|Von|An|Gesendet|Betreff|Datum|"
    r"发件人|收件人|抄送|日期|发送时间|主题)(?:\*\*)?[:：]"
)
_SALUTATION = re.compile(
    r"(?:Dear|Hi|Hello|Hey|Liebe[rs]?|Hallo|Sehr geehrte[rs]?)\s[^.!?\n]{1,40},$"
    r"|(?:尊敬的|亲爱的)[^。！？\n]{1,20}[:：,，]$"
)
_LIST_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Unit:
    """`text` is as shown; `asked` is the question or list introduction that it answers, `heading`
    what it stands under; `start` is where it begins in the passage's text, `end` where it ends.
    `prose` can be joined with the prose beside it, all else needs a line of its own."""

    text: str
    start: int
    end: int
    asked: str = ""
    heading: str = ""
    prose: bool = False


@dataclass(slots=True)
class _Context:
    heading: str = ""
    asked: str = ""
    header: tuple[str, ...] = ()
    mail: bool = False


def find_units(passage: Passage) -> list[Unit]:
    """All units in the order of the passage; a list that has an introduction is among them as a
    whole and item by item."""
    text = passage.text
    spans = [span for span in find_sentences(text) if not _RULE.match(text[slice(*span)])]
    heading = " ".join((passage.source.title, *passage.source.heading_path))
    context = _Context(
        heading=heading,
        asked=_last_question(passage.source.heading_path),
        mail=_SENDER.search(text) is not None,
    )
    units: list[Unit] = []
    for index, (start, end) in enumerate(spans):
        sentence = text[start:end]
        if unit := _read(sentence, start, end, context, _next_line(text, end)):
            units.append(_gather_list(text, spans[index:], unit) or unit)
    return units


def _read(sentence: str, start: int, end: int, context: _Context, below: str) -> Unit | None:
    """The unit that `sentence` is, or None where it only tells what the next ones are about."""
    if match := _HEADING.match(sentence):
        context.heading, context.header = match[1], ()
        context.asked = match[1] if _is_question(match[1]) else ""
        return None
    if sentence.startswith("|"):
        return _read_row(sentence, start, end, context, below)
    context.header = ()
    if _SALUTATION.match(sentence) or (context.mail and _MAIL_HEADER.match(sentence)):
        return None
    if _is_question(sentence) or _ASKED.match(sentence):
        context.asked = _ASKED.sub("", sentence).strip("* ")
        return None
    shown = _REPLIED.sub("", _ITEM_MARK.sub("", sentence, count=1), count=1)
    if not shown.strip("*_ "):
        return None
    prose = _ITEM_MARK.match(sentence) is None
    return Unit(_unbalance(shown), start, end, context.asked, context.heading, prose)


def _read_row(row: str, start: int, end: int, context: _Context, below: str) -> Unit | None:
    cells = tuple(cell.strip() for cell in row.strip().strip("|").split("|"))
    if _RULE.match(below) and "-" in below:
        context.header = cells
        return None
    if len(context.header) != len(cells):
        shown = ", ".join(filter(None, cells))
    else:
        pairs = zip(context.header, cells, strict=True)
        shown = ", ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)
    return Unit(shown, start, end, context.asked, context.heading) if shown else None


def _gather_list(text: str, spans: list[tuple[int, int]], intro: Unit) -> Unit | None:
    """The list that `intro` opens, if it opens one."""
    if not intro.text.rstrip("*_ ").endswith((":", "：")):
        return None
    items: list[tuple[int, int]] = []
    for start, end in spans[1:]:
        if not _ITEM_MARK.match(text[start:end]) or len(items) == _LIST_LENGTH:
            break
        items.append((start, end))
    if not items:
        return None
    shown = "\n".join([intro.text, "", *(text[start:end] for start, end in items)])
    return Unit(shown, intro.start, items[-1][1], intro.asked, intro.heading)


def _is_question(sentence: str) -> bool:
    return sentence.rstrip("*_ ").endswith(("?", "？", "؟"))


def _last_question(headings: tuple[str, ...]) -> str:
    return headings[-1] if headings and _is_question(headings[-1]) else ""


def _next_line(text: str, end: int) -> str:
    return text[end:].lstrip("\n").split("\n", 1)[0] if text[end : end + 1] == "\n" else ""


def _unbalance(text: str) -> str:
    """Without an emphasis mark whose partner stayed in a neighbouring sentence."""
    return text.replace("**", "") if text.count("**") % 2 else text
