"""Markdown: front matter, comments and hidden HTML out; links and images reduced to what a reader
sees."""

import re
from collections.abc import Callable

from bot.indexing.formats.decoding import decode
from bot.indexing.formats.hidden import HIDDEN_TAG, find_end
from bot.indexing.formats.normalising import clean, join_wrapped, tidy
from bot.indexing.formats.parsed import Parsed
from bot.indexing.formats.references import find_references

_FRONT_MATTER = re.compile(
    r"(?P<mark>---|\+\+\+)[ \t]*\n(?P<lines>.*?)^(?:(?P=mark)|\.\.\.)[ \t]*$", re.M | re.S
)
_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(?P<title>\S.*)$", re.M | re.I)

_TARGET = (
    r"\(\s{{0,9}}<?(?P<{0}>[^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)?)>?"
    r"(?:\s{{1,9}}[\"'(][^\n]{{0,300}}?[\"')])?\s{{0,9}}\)"
)
_TAGS = (
    "a abbr article aside b big blockquote br center code dd del details div dl dt em figcaption"
    " figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p picture"
    " pre q s samp section small source span strike strong sub summary sup table tbody td tfoot"
    " th thead time tr tt u ul var video wbr"
).replace(" ", "|")
# Markup starts with one of these: finding them first is faster than trying it everywhere.
_MARK = re.compile(r"[`~<!\[]")
# Every repetition is bounded, so that no text makes this slow.
_MARKUP = re.compile(
    r"(?P<code>(?P<fence>```+|~~~+).*?(?:(?P=fence)|\Z)|`[^`\n]+`)"
    r"|(?P<comment><(?<!\\<)!--.*?(?:-->|\Z))"
    rf"|(?i:{HIDDEN_TAG})"
    r"|(?i:<(?P<dropped>script|style|template)\b[^<>]{0,999}>)"
    rf"|(?i:</?(?P<tag>{_TAGS})(?=[\s/>])(?P<attributes>[^<>]{{0,4999}})>)"
    rf"|!\[(?P<alt>[^\[\]]{{0,999}})\]{_TARGET.format('image')}"
    r"|!\[(?P<named>[^\[\]]{0,999})\]\[[^\[\]]{0,99}\]"
    r"|\[(?P<text>(?:[^\[\]]|\[[^\[\]]{0,999}+\]){0,999}+)\]"
    rf"{_TARGET.format('target')}",
    re.S,
)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_DEFINITION = re.compile(
    r"^ {0,3}\[[^\]^\n][^\]\n]{0,199}\]:[ \t]*(?!https?:|mailto:)<?\S+.*\n?", re.M | re.I
)
_FENCED = re.compile(r"^ {0,3}(?P<fence>```+|~~~+).*?(?:^ {0,3}(?P=fence)|\Z)", re.M | re.S)
_ESCAPES = re.compile(r"\\(?=[<>&!])|(?<=\d)\\(?=\.(?:\s|\Z))")
_KEPT_TARGETS = ("http://", "https://", "mailto:")


def parse(data: bytes, _ending: str) -> Parsed:
    text, warnings = decode(data)
    text = clean(text).lstrip()
    title = ""
    if matter := _FRONT_MATTER.match(text):
        text = text[matter.end() :]
        if found := _TITLE.search(matter["lines"]):
            title = found["title"].strip().strip("\"'")
    return Parsed(finish(text), title=title, warnings=warnings, references=find_references(text))


def finish(text: str) -> str:
    """What a reader of cleaned Markdown sees: no comments, hidden elements, HTML tags, images or
    relative link targets; tidied."""
    text = _strip_markup(text)
    if "]:" in text:
        text = _outside_fences(text, lambda part: _DEFINITION.sub("", part))
    return tidy(join_wrapped(text))


def finish_converted(text: str) -> str:
    """The same for Markdown that a library made of another format, whose escapes protect nothing
    but hinder a search."""
    return _outside_fences(finish(clean(text)), lambda part: _ESCAPES.sub("", part))


def _strip_markup(text: str) -> str:
    pieces, start, position = [], 0, 0
    while mark := _MARK.search(text, position):
        position = mark.start()
        match = _MARKUP.match(text, position)
        if match is None:
            position += 1
            continue
        pieces.append(text[start:position])
        start = match.end()
        if name := match["hidden"] or match["dropped"]:
            start = find_end(text, name, start)
        else:
            pieces.append(_replace(match))
        position = start
    return "".join([*pieces, text[start:]]) if pieces else text


def _replace(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return match["code"]
    if match["comment"] is not None:
        return ""
    if match["tag"] is not None:
        return _replace_tag(match["tag"].lower(), match["attributes"])
    if match["text"] is None:
        return match["alt"] or match["named"] or ""
    text = _strip_markup(match["text"])
    if text and match["target"].lower().startswith(_KEPT_TARGETS):
        return f"[{text}]({match['target']})"
    return text


def _replace_tag(name: str, attributes: str) -> str:
    if name == "img":
        alt = _ALT.search(attributes)
        return (alt[1] or alt[2] or "") if alt else ""
    return " " if name in {"br", "td", "th"} else ""


def _outside_fences(text: str, change: Callable[[str], str]) -> str:
    pieces, start = [], 0
    for fenced in _FENCED.finditer(text):
        pieces += [change(text[start : fenced.start()]), fenced[0]]
        start = fenced.end()
    return "".join([*pieces, change(text[start:])])
