"""Reads files of one JSON object a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.errors import QuestionFileError


def read_objects(path: Path, kind: str, remedy: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object with the name of its place, `FILE, line 3`; blank lines are passed over. Raises
    QuestionFileError, which calls the file a `kind`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise QuestionFileError(
            f"The {kind} {path} cannot be read: {reason}.",
            f"Give the path of a UTF-8 text file. {remedy}",
        ) from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield f"{path}, line {number}", _read_object(line, f"{path}, line {number}", remedy)


def _read_object(line: str, where: str, remedy: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionFileError(f"{where} is not JSON: {error.msg}.", remedy) from None
    if not isinstance(value, dict):
        raise QuestionFileError(f"{where} is no JSON object.", remedy)
    return value
