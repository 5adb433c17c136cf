"""The last word on what a model may show: no link, ping or command but the documents' own.

Whatever a prompt says, a model can be talked into writing anything, so this filter trusts nothing
and knows nothing of intent. It takes the power out of text and leaves it readable:

- addresses, bare domains and mail addresses stay live only if they stand in the allowed texts
  exactly, path and query included; else `https[:]//evil[.]com`. File names and other dotted
  words get an invisible U+2060 behind the dot instead, which no platform links across;
- Markdown links fall apart into text and address, reference definitions into text; active HTML
  tags and Slack's `<!channel>`, `<@U1>`, `<url|text>` lose their bracket to `‹`;
- `@name` and `/command` are set apart by a space unless the documents have them; what calls a
  whole channel (`@everyone`, `@here`) always is;
- invisible characters, bidirectional overrides and the tag block disappear, and entities that
  hide a character are shown as they are written.

Decisions depend on the text alone, never on the pieces in which it arrives.
"""

import re
from collections.abc import Collection

from bot.answering.links import (
    BROADCASTS,
    END,
    FILE_ENDINGS,
    LEADING,
    LONGEST_LINK,
    SCHEMES,
    SEPARATORS,
    SITE_ENDINGS,
    TAGS,
    clean,
    cut_url,
    find_end,
    hides_character,
    make_key,
    make_keys,
    part,
    read_label,
    trim,
)

_SPECIAL = re.compile(r"[.:@/<(&。｡]")
_JOINERS = re.compile("[\u200c\u200d]+")
_LONGEST_LINE = 1100
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ENTITY_START = re.compile(r"&(?:#[xX]?[0-9a-fA-F]{0,7}|[A-Za-z][A-Za-z0-9]{0,31})?\Z")
_DEFINITION = re.compile(r"[\s>*+\-\d.)]*\[[^\]]*\]\Z")
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9+-]{0,40})")
_COMMAND = re.compile(r"[*_~`\\]*([A-Za-z0-9_]{1,64}(?:@\w+)?)(?![\w/])|<")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_NUMBERS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?=[/:?#]|\Z)")
_WORD_JOINER = "\u2060"

# How many characters a verdict is about, and what is shown for them; None to wait.
_Verdict = tuple[int, str] | None


def neutralise(text: str, allowed: Collection[str]) -> str:
    """`text` made harmless; `allowed` are the addresses, names and commands that may stay, such
    as `find_allowed` returns. Applying it again changes nothing."""
    neutraliser = Neutraliser(allowed)
    return neutraliser.feed(text) + neutraliser.finish()


class Neutraliser:
    """`neutralise` for text that comes in pieces. Plain words pass at once; held back is only what
    may become a link, a ping or a command, until the character that decides."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = make_keys(allowed)
        self._joiners = ""
        self._pending = ""
        # What was let through of the current line and word, as the model wrote it.
        self._line = ""
        self._word = ""
        self._last = ""
        self._judges = {
            ".": self._judge_dot,
            ":": self._judge_colon,
            "@": self._judge_at,
            "/": self._judge_slash,
            "<": self._judge_bracket,
            "(": self._judge_gap,
            "&": self._judge_ampersand,
            "。": self._judge_gap,
            "｡": self._judge_gap,
        }

    def feed(self, delta: str) -> str:
        """What can be shown after `delta`."""
        return self._advance(self._drop_joiners(clean(delta)), final=False)

    def finish(self) -> str:
        """What was held back to the end."""
        self._joiners = ""
        return self._advance("", final=True)

    def _drop_joiners(self, text: str) -> str:
        """Without the invisible joiners that neither a script nor an emoji needs."""
        text = self._joiners + text
        before = (self._pending or self._last)[-1:]

        def keep(match: re.Match[str]) -> str:
            left = text[match.start() - 1 : match.start()] if match.start() else before
            needed = not (left or " ").isascii() and not text[match.end()].isascii()
            return match[0][:1] if needed else ""

        kept = text.rstrip("\u200c\u200d")
        self._joiners = text[len(kept) :]
        return _JOINERS.sub(keep, kept)

    def _advance(self, arrived: str, *, final: bool) -> str:
        text, position, shown = self._pending + arrived, 0, []
        while match := _SPECIAL.search(text, position):
            at = match.start()
            shown.append(self._remember(text[position:at]))
            position = at
            verdict = self._judges[match[0]](text, at, final)
            if verdict is None:
                break
            length, output = verdict
            if output.startswith(" "):
                self._word = ""
            self._remember(text[at : at + length])
            if output.endswith(" "):
                self._word = ""
            shown.append(output)
            position = at + length
        else:
            shown.append(self._remember(text[position:]))
            position = len(text)
        self._pending = text[position:]
        return "".join(shown)

    def _remember(self, passed: str) -> str:
        if passed:
            self._last = passed[-1]
            start = passed.rfind("\n") + 1
            self._line = ("" if start else self._line) + passed[start : start + _LONGEST_LINE]
            self._line = self._line[:_LONGEST_LINE]
            ends = list(END.finditer(passed))
            word = passed[ends[-1].end() :] if ends else self._word + passed
            self._word = word[-LONGEST_LINK:]
        return passed

    # The judges, each for the special character at `text[at]`.

    def _judge_dot(self, text: str, at: int, final: bool) -> _Verdict:
        following = text[at + 1 : at + 2]
        if not following:
            return (1, ".") if final else None
        if not self._last or self._last.isspace() or self._last in "([{\"'":
            return 1, "."
        if END.match(following):
            return 1, f".{_WORD_JOINER}" if following.isalpha() else "."
        end = find_end(text, at, final=final)
        if end is None:
            return None
        label = read_label(text[at + 1 : end])
        if not (label[:2].isalpha() and len(label) > 1) and not self._is_address(text[at:end]):
            return 1, "."
        return self._let_pass(text, at, end) or (1, self._break_dot(text[at:end], label))

    def _judge_colon(self, text: str, at: int, final: bool) -> _Verdict:
        if self._last == "]" and _DEFINITION.match(self._line):
            return 1, " :"
        following = text[at + 1 : at + 3]
        if following in ("", "/") and not final:
            return None
        scheme = re.search(r"[A-Za-z][A-Za-z0-9+.-]*\Z", self._word)
        named = scheme is not None and scheme[0].casefold().rpartition(".")[2] in SCHEMES
        if following != "//" and not (named and following and not END.match(following)):
            return 1, ":"
        end = find_end(text, at, final=final)
        if end is None:
            return None
        passed = self._let_pass(text, at, end, scheme.start()) if scheme else None
        return passed or (1, "[:]")

    def _judge_at(self, text: str, at: int, final: bool) -> _Verdict:
        following = text[at + 1 : at + 2]
        if not following or END.match(following):
            return (1, "@") if following or final else None
        end = find_end(text, at, final=final)
        if end is None:
            return None
        label = read_label(text[at + 1 : end])
        if not label and following != "<":
            return 1, "@"
        passed = None if label in BROADCASTS else self._let_pass(text, at, end)
        return passed or (1, self._break_at(text[at:end], label))

    def _judge_slash(self, text: str, at: int, final: bool) -> _Verdict:
        following = text[at + 1 : at + 2]
        if self._last.isalnum() or self._last in ("/", "_", ":", "<"):
            return 1, "/"
        if not following or END.match(following):
            return (1, "/") if following or final else None
        end = find_end(text, at, final=final)
        if end is None:
            return None
        command = _COMMAND.match(text, at + 1, end)
        if command is None or f"/{command[1]}" in self._allowed:
            return 1, "/"
        return self._let_pass(text, at, end) or (1, "/ ")

    def _judge_bracket(self, text: str, at: int, final: bool) -> _Verdict:
        if at + 1 == len(text):
            return (1, "<") if final else None
        if text[at + 1] in "!@#":
            return 1, "‹"
        tag = _TAG.match(text, at)
        if text[at + 1 :] == "/" or (tag and tag.end() == len(text)):
            return (1, "<") if final else None
        if tag is None:
            return 1, "<"
        if tag[1].casefold() not in TAGS and text[tag.end()] != ":":
            return 1, "<"
        return (2, "‹/ ") if text[at + 1] == "/" else (1, "‹")  # ‹/name is a command in Telegram

    def _judge_ampersand(self, text: str, at: int, final: bool) -> _Verdict:
        if not final and _ENTITY_START.match(text, at):
            return None
        entity = _ENTITY.match(text, at)
        return 1, f"&{_WORD_JOINER}" if entity and hides_character(entity[0]) else "&"

    def _judge_gap(self, text: str, at: int, final: bool) -> _Verdict:
        """`](` makes a link, and between Latin letters 。 passes for a dot."""
        mark, following = text[at], text[at + 1 : at + 2]
        if mark == "(":
            return 1, " (" if self._last == "]" else "("
        if not (self._last.isascii() and self._last.isalnum()):
            return 1, mark
        if not following and not final:
            return None
        return 1, f"{mark} " if following.isascii() and following.isalnum() else mark

    # What the judges ask.

    def _let_pass(self, text: str, at: int, end: int, start: int | None = None) -> _Verdict:
        """The verdict for an address that is allowed as a whole: from `start` of the current word
        or where it may begin, through the special character, to the punctuation at its end."""
        if end - at > LONGEST_LINK:
            return None
        word = self._word + text[at:end]
        here = len(self._word)
        for first in self._find_starts() if start is None else (start,):
            link = word[first:] if start is None else cut_url(word[first:])
            for address in trim(link):
                last = first + len(address)
                if last > here and make_key(address) in self._allowed:
                    return last - here, word[here:last] + part(address, word[last:], text[end:])
        return None

    def _find_starts(self) -> list[int]:
        """Where in the current word an address may begin."""
        word = self._word
        separators = list(SEPARATORS.finditer(word))
        after = separators[-1].end() if separators else 0
        return [len(word) - len(word.lstrip(LEADING)), after, len(word)]

    def _break_at(self, run: str, label: str) -> str:
        """What is shown for the at sign that `run` begins with, before `label`."""
        if label in BROADCASTS:
            return "@ "
        if self._last.isalnum() or self._last in "_+-.":
            return "[@]"
        name = _NAME.match(run, 1)
        named = name is not None and f"@{name[0].rstrip('.-').casefold()}" in self._allowed
        return "@" if named else "@ "

    def _is_address(self, run: str) -> bool:
        """Whether the dot that `run` begins with is one of an address in numbers."""
        before = re.split("[@/]", SEPARATORS.split(self._word)[-1])[-1]
        match = _NUMBERS.match(before + SEPARATORS.split(run)[0])
        return match is not None and match.end() > len(before)

    def _break_dot(self, run: str, label: str) -> str:
        """As `_break_at`, for a dot."""
        before, after = SEPARATORS.split(self._word)[-1], SEPARATORS.split(run)[0]
        rest = after[1:].rstrip(".!?:;_~")
        bare = not any(mark in before + rest for mark in "/?#:@")
        if bare and any(make_key(before + name) in self._allowed for name in trim(after)):
            return "."
        if "://" not in before and rest.casefold() == label and label in FILE_ENDINGS:
            return "."
        goes_on = re.match(r"[\w*~\\.-]*[/?#:]\S", rest) is not None
        linked = goes_on or "@" in before or "://" in before
        host = re.split(r"[^\w.-]", rest)[0]
        ends_site = host.rpartition(".")[2] in SITE_ENDINGS
        visible = linked or ends_site or before.casefold().startswith("www")
        return "[.]" if visible else f".{_WORD_JOINER}"
