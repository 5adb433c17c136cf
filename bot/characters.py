"""What a reader takes for one character: an emoji or an accented letter can be many code points."""

import regex

_CHARACTER = regex.compile(r"\X")
_FLAG_LETTERS = ("\U0001f1e6", "\U0001f1ff")
_LONGEST = 16  # code points back from where the search for a character's beginning starts


def is_boundary(text: str, position: int) -> bool:
    """Whether `text` can be cut there without cutting a character in two."""
    if position <= 0 or position >= len(text):
        return True
    if text[position] <= "\u02ff":
        return text[position - 1 : position + 1] != "\r\n"
    if "\u4e00" <= text[position] <= "\u9fff":  # an ideograph: for speed
        return True
    start = max(0, position - _LONGEST)
    while start and _FLAG_LETTERS[0] <= text[start] <= _FLAG_LETTERS[1]:
        start -= 1  # a flag is a pair of letters, so the pairs must be counted from the first
    last = start
    for match in _CHARACTER.finditer(text, start, position + 1):
        last = match.start()
    return last == position


def skip_characters(text: str, start: int, end: int, count: int) -> int:
    """The position after the next `count` characters, at most `end`."""
    match = regex.compile(rf"\X{{1,{count}}}").match(text, start, end)
    return match.end() if match else end
