"""What a reader takes for one character: an emoji or an accented letter can be many code points."""

import regex

# Searches are in slices: in a whole text the library looks back to the first of a row of flags.
_CHARACTER = regex.compile(r"\X")
_JOINER = "\u200d"
_JOINING = regex.compile(r"[\p{M}\p{Grapheme_Extend}\p{Emoji_Modifier}\u200d]")
_FLAG_LETTER = regex.compile(r"\p{Regional_Indicator}")
_FAR_ENOUGH = 16


def is_boundary(text: str, position: int, since: int = 0) -> bool:
    """Whether `text` can be cut there without cutting a character in two. `since` is an earlier
    place that is known to be a boundary."""
    if position <= since or position >= len(text):
        return True
    if text[position] <= "\u02ff":
        return text[position - 1 : position + 1] != "\r\n"
    if "\u4e00" <= text[position] <= "\u9fff":  # an ideograph: for speed
        return True
    if _JOINING.match(text, position):
        return False
    start = _find_start(text, position, since)
    *_, last = _CHARACTER.finditer(text[start : position + 1])
    return start + last.start() == position


def skip_characters(text: str, start: int, end: int, count: int) -> int:
    """The position after the next `count` characters, at most `end`."""
    match = regex.compile(rf"\X{{1,{count}}}").match(text[start:end])
    return start + match.end() if match else end


def find_boundary(text: str, start: int, end: int) -> int:
    """The last place after `start` and up to `end` where `text` can be cut, in one pass; `end` if
    a single character fills it all. `start` is known to be a boundary."""
    if end >= len(text):
        return len(text)
    *_, last = _CHARACTER.finditer(text[start : end + 1])
    return start + last.start() if last.start() else end


def _find_start(text: str, position: int, since: int) -> int:
    """The beginning of a character some way before `position`."""
    start = position
    while start > since and _FLAG_LETTER.match(text, start - 1):
        start -= 1  # a flag is a pair of letters, so pairs must be counted from the first
    start = max(since, min(start, position - _FAR_ENOUGH))
    while start > since and (_JOINING.match(text, start) or text[start - 1] == _JOINER):
        start -= 1
    return start
