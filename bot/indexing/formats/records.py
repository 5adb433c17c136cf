"""JSON and JSON lines, as lines that keep every value beside the keys that lead to it."""

import json
from collections.abc import Iterator

from bot.errors import DocumentError
from bot.indexing.formats.decoding import decode
from bot.indexing.formats.normalising import clean, tidy
from bot.indexing.formats.parsed import Parsed

_BETWEEN_KEYS = " › "
_LONGEST_LIST = 300
_MOST_NAMED_LINES = 5

Value = str | bool | dict[str, "Value"] | list["Value"] | None


def parse(data: bytes, ending: str) -> Parsed:
    source, warnings = decode(data)
    if ending == ".json":
        try:
            values = [_load(source)]
        except json.JSONDecodeError as error:
            values, broken = _load_lines(source)
            if broken:
                raise _not_valid(error) from None
    else:
        values, broken = _load_lines(source)
        warnings += _name_lines(broken)
        if not values:
            raise DocumentError("None of its lines is valid JSON.", "Correct the file.")
    blocks = (block for value in values for block in _write(value, ""))
    return Parsed(tidy(clean("\n\n".join(blocks))), warnings=warnings)


def _load(source: str) -> Value:
    value: Value = json.loads(source, parse_int=str, parse_float=str, parse_constant=str)
    return value


def _load_lines(source: str) -> tuple[list[Value], list[int]]:
    values, broken = [], []
    for number, line in enumerate(source.split("\n"), 1):
        if line.strip():
            try:
                values.append(_load(line))
            except json.JSONDecodeError:
                broken.append(number)
    return values, broken


def _write(value: Value, path: str) -> Iterator[str]:
    """Blocks of lines; the plain values of one object stand together in one."""
    if isinstance(value, dict):
        yield from _write_object(value, path)
    elif isinstance(value, list):
        yield from _write_list(value, path)
    elif line := _write_line(path, value):
        yield line


def _write_object(value: dict[str, Value], path: str) -> Iterator[str]:
    lines, blocks = [], []
    for key, inner in value.items():
        below = f"{path}{_BETWEEN_KEYS}{key}" if path else key
        written = list(_write(inner, below))
        if isinstance(inner, dict | list) and (len(written) != 1 or "\n" in written[0]):
            blocks += written
        else:
            lines += written
    if lines:
        yield "\n".join(lines)
    yield from blocks


def _write_list(value: list[Value], path: str) -> Iterator[str]:
    if not any(isinstance(item, dict | list) for item in value):
        line = _write_line(path, ", ".join(filter(None, map(_show, value))))
        if len(line) <= _LONGEST_LIST and "\n" not in line:
            yield from filter(None, [line])
            return
    for item in value:
        yield from _write(item, path)


def _write_line(path: str, value: Value) -> str:
    text = _show(value).strip()
    return f"{path}: {text}" if path and text else text


def _show(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else ""


def _name_lines(numbers: list[int]) -> tuple[str, ...]:
    if not numbers:
        return ()
    shown = ", ".join(map(str, numbers[:_MOST_NAMED_LINES]))
    more = " and others" if len(numbers) > _MOST_NAMED_LINES else ""
    return (f"Not valid JSON and left out: line {shown}{more}.",)


def _not_valid(error: json.JSONDecodeError) -> DocumentError:
    return DocumentError(
        f"It is not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}.",
        "Correct it there.",
    )
