"""What chat platforms make clickable, and what of it stands in the documents."""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from bot.nouns import Passage


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Letters of scripts that put no space between words.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
)
# Where a link surely ends: white space, East Asian punctuation, letters that need no space.
END = re.compile(
    rf"[\s{UNSPACED}\u2014\u2018\u2019\u201c\u201d\u2026\u3001-\u301f\u30fb\uff01-\uff0a\uff0c"
    r"\uff1a-\uff1f\uff3b-\uff3d\uff5b-\uff65]"
)
# Format and filler characters carry hidden text and break words unseen. The joiners U+200C and
# U+200D, which some scripts and emoji need, are not among them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff]"
)
# Characters that platforms or later normalisation take for a dot or an at sign.
_LOOK_ALIKES = str.maketrans(
    {
        "\uff0e": ".",
        "\ufe52": ".",
        "\u2024": ".",
        "\uff20": "@",
        "\ufe6b": "@",
        "\x85": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)
_TRAILING = re.compile(r"""(?:\[\d{1,3}\]|[.,;:!?)\]}>*_~'"`|])$""")
LEADING = """([{<'"*_~`|>=,;"""
SEPARATORS = re.compile(r"""[,;|"'()<>‹=\[\]{}`*\s]+""")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_COMMAND = re.compile(r"(?<![\w/:])/[A-Za-z0-9_]{1,64}(?:@\w+)?(?![\w/])")
_URL_END = re.compile(r"""[<>"|`]""")
_LONGEST_TAIL = 12
# Nothing longer can be an address in the documents; it bounds what is held back.
LONGEST_LINK = 2048

# Endings of file names that are no top-level domain, so that no platform makes links of them.
FILE_ENDINGS = _words(
    "bak bat bin bmp bz2 cfg conf cpp css csv dat dll doc docx env epub exe gif gz hpp htm html"
    " ico ini ipynb iso jpeg jpg js json jsonl jsx lock log mjs mp3 mp4 odt pdf php png ppt"
    " pptx ps1 rb rst rtf sql svg tar tex tiff toml ts tsv tsx txt wav webp xls xlsx xml yaml"
    " yml"
)
# Top-level domains that nobody takes for the ending of a file: these are broken visibly.
SITE_ENDINGS = _words(
    "com net org info biz me co io xyz top site online shop store link click live club vip app"
    " dev page web cloud tech space fun pro gov edu mil int eu us uk de fr es it nl ru cn jp kr"
    " in br tk ml ga cf gq to ly gg gl"
)
# What calls everybody in a chat; active HTML tags; schemes that need no `//`.
BROADCASTS = frozenset({"everyone", "channel", "here", "all", "group", "room", "online"})
TAGS = _words(
    "a applet area audio base body button embed form frame iframe image img input link meta"
    " object script source style svg video"
)
SCHEMES = frozenset(
    {"javascript", "magnet", "mailto", "msteams", "skype", "slack", "tg", "ton", "vbscript"}
)


def clean(text: str) -> str:
    """`text` without invisible characters, with plain dots and at signs for their look-alikes;
    character by character, so that any pieces of a text give the pieces of its cleaned form."""
    return _INVISIBLE.sub("", text.translate(_LOOK_ALIKES))


def hides_character(entity: str) -> bool:
    """Whether the HTML entity displays as an ASCII character other than those that entities are
    for, or as nothing at all."""
    character = html.unescape(entity)
    folded = clean(character)
    invisible = folded.strip("\u200c\u200d") == ""
    return character != entity and (invisible or (folded.isascii() and folded not in "&<>\"'"))


def make_key(link: str) -> str:
    """What two spellings of one address have in common: no http scheme, host in lower case, no
    slash at the end."""
    link = re.sub(r"^(?:https?://|mailto:)", "", link, flags=re.IGNORECASE)
    match = re.search(r"(?<![:/])[/?#](?!/)", link)
    end = match.start() if match else len(link)
    return link[:end].casefold() + link[end:].rstrip("/")


def make_keys(links: Iterable[str]) -> frozenset[str]:
    """The keys of `links`, without those that are punctuation alone."""
    return frozenset(key for key in map(make_key, links) if re.search(r"\w", key))


def trim(link: str) -> Iterator[str]:
    """`link` and what is left of it as punctuation and citation marks at its end are taken off,
    longest first."""
    yield link
    for _ in range(_LONGEST_TAIL):
        match = _TRAILING.search(link)
        if match is None:
            return
        link = link[: match.start()]
        yield link


def find_allowed(texts: Iterable[str]) -> frozenset[str]:
    """All addresses, file names, @names and /commands that stand in `texts`, for `Neutraliser`."""
    allowed: set[str] = set()
    for text in texts:
        for word in END.split(clean(text)):
            # Most words have a mark only behind them.
            if any(mark in word.rstrip(".:,;!?)") for mark in ".@/:"):
                allowed.update(_read_word(word))
    return make_keys(allowed)


def allow(passages: Sequence[Passage]) -> frozenset[str]:
    """The addresses, names and commands that stand in the passages or their sources."""
    return find_allowed(
        "\n".join((passage.text, source.path, source.title, source.heading))
        for passage in passages
        for source in (passage.source,)
    )


def _read_word(word: str) -> Iterator[str]:
    starts = [word.lstrip(LEADING), *(word[match.start() :] for match in _SCHEME.finditer(word))]
    pieces = [*starts, *map(cut_url, starts), *SEPARATORS.split(word), *_COMMAND.findall(word)]
    for link in pieces:
        if any(mark in link for mark in ".@/:"):
            yield from trim(link.lstrip(LEADING))


def cut_url(text: str) -> str:
    """`text` up to the first character that no address holds."""
    return _URL_END.split(text, maxsplit=1)[0]


def read_label(text: str) -> str:
    """The host label that a reader or a Markdown renderer sees at the start of `text`, in lower
    case: without joiners, emphasis marks and accents. A tag in it reads as `tag`, also one that a
    space was put into, behind which the word ends."""
    text = re.sub(r"[*_~`\\\u200c\u200d]", "", text[:300])
    text = re.sub(r"(?<!\d)(?:[<‹]/?(?=[A-Za-z])|‹/\Z)", "tag", text)
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    match = re.match(r"[\w-]+", plain)
    return match[0] if match else ""


def find_end(text: str, at: int, *, final: bool) -> int | None:
    """Where the word that goes on at `at` ends; None if that is not known yet."""
    limit = at + 1 + LONGEST_LINK
    match = END.search(text, at + 1, limit)
    if match:
        return match.start()
    return min(len(text), limit) if final or len(text) >= limit else None


def part(address: str, tail: str, beyond: str) -> str:
    """A space where platforms would take what follows for a part of the address."""
    continues = beyond[:1].isalpha() if not tail else tail[0] in "[("
    return " " if continues and "/" in address else ""
