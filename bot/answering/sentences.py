"""Where the sentences of a passage stand: prose, list items, table rows and code blocks."""

import re

# A sentence ends at these, with what closes it; after the Latin ones a space must follow.
_END = re.compile(r"""(?:[.!?]+["'”’»)\]*_]*(?=\s)|[。！？；…؟।]+["'”’」』）】]*)""")
_CODE = re.compile(r"`[^`\n]+`")
_BLOCK_START = re.compile(r"\s*(?:[-*+•‣◦]\s|\d{1,3}[.)、]\s?|[#>|]|(?:Q|A|问|答|問)\s?[:：.])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Za-z]|e\.g|i\.e|z\.B|d\.h|u\.a|bzw|ca|vs|etc|cf|approx|No|Nr|St|Mr|Mrs|Ms|Dr|Prof"
    r"|Inc|Ltd|Co|Corp|Jr|Sr|Fig|Abb|Art|Abs|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec"
    r"|Gen|Col|Lt|Sgt|Capt|Rev|Sen|Rep|Gov|p|pp|S|M|Mme|Sra?|núm|pág|т|г|стр|ул))\.$"
)
# A line shorter than this did not end because it was full, so its end is the end of a statement.
_WRAP_WIDTH = 45


def find_sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, list item, table row, heading line and fenced code block of
    `text`, in order, without the white space around them. Spans do not overlap."""
    spans: list[tuple[int, int]] = []
    for start, end, whole in _find_blocks(text):
        spans.extend([(start, end)] if whole else _split_prose(text, start, end))
    stripped = (_strip(text, start, end) for start, end in spans)
    return [(start, end) for start, end in stripped if start < end]


def _find_blocks(text: str) -> list[tuple[int, int, bool]]:
    """Stretches that no sentence crosses; the third item says that the stretch stays whole."""
    blocks: list[tuple[int, int, bool]] = []
    open_start, fence, previous, position = -1, "", "", 0
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        mark = _fence_of(line)
        if fence:
            blocks[-1] = (blocks[-1][0], position, True)
            fence = "" if mark.startswith(fence) and not line.strip().strip(fence[0]) else fence
            open_start = -1
        elif mark:
            fence = mark
            blocks.append((start, position, True))
        elif _is_row(line) or not line.strip():
            blocks.append((start, position, True))
            open_start = -1
        elif open_start < 0 or _starts_anew(line, previous):
            blocks.append((start, position, False))
            open_start = start
        else:
            blocks[-1] = (blocks[-1][0], position, False)
        previous = line
    return blocks


def _fence_of(line: str) -> str:
    match = re.match(r"\s{0,3}(`{3,}|~{3,})", line)
    return match[1] if match else ""


def _is_row(line: str) -> bool:
    return line.lstrip().startswith(("|", "#"))


def _starts_anew(line: str, previous: str) -> bool:
    width = sum(2 if ord(letter) > 0x2E80 else 1 for letter in previous.strip())
    return width < _WRAP_WIDTH or _BLOCK_START.match(line) is not None


def _split_prose(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans, sentence = [], start
    code = [match.span() for match in _CODE.finditer(text, start, end)]
    for match in _END.finditer(text, start, end):
        if any(first < match.start() < last for first, last in code):
            continue
        if match[0] == "." and _ABBREVIATION.search(
            text, max(sentence, match.end() - 8), match.end()
        ):
            continue
        if _is_number_mark(text, sentence, match.end()):
            continue
        spans.append((sentence, match.end()))
        sentence = match.end()
    return [*spans, (sentence, end)]


def _is_number_mark(text: str, start: int, end: int) -> bool:
    """Whether the stretch is only the `1.` of a numbered item."""
    return text[start:end].strip(" \n-*").rstrip(".").isdigit()


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
