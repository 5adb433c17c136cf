"""Reads and writes files of questions whose right passages are known: one JSON object a line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import QuestionFileError
from bot.json_lines import read_objects
from bot.nouns import Passage

FORMAT = (
    'Each line is a JSON object such as {"question": "…", "expect": [{"path": "…", "text": "…"}], '
    '"answerable": true}.'
)


@dataclass(frozen=True, slots=True)
class Expected:
    """A passage hits it when it stands in the file `path` and holds `text`."""

    path: str
    text: str

    def is_hit_by(self, passage: Passage) -> bool:
        return passage.source.path == self.path and self.text in passage.text


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """`answerable` is None where the file does not say, and then it plays no part in refusal."""

    text: str
    expect: tuple[Expected, ...]
    answerable: bool | None


def read_questions(path: Path) -> list[EvalQuestion]:
    """Raises QuestionFileError that names the line."""
    questions = [
        _read_question(value, where) for where, value in read_objects(path, "question file", FORMAT)
    ]
    if not questions:
        raise QuestionFileError(f"The question file {path} holds no question.", FORMAT)
    return questions


def write_line(question: EvalQuestion) -> str:
    """The line that is read as this question."""
    expect = [{"path": item.path, "text": item.text} for item in question.expect]
    value = {"question": question.text, "expect": expect, "answerable": question.answerable}
    return json.dumps(value, ensure_ascii=False) + "\n"


def _read_question(value: dict[str, Any], where: str) -> EvalQuestion:
    if not isinstance(value.get("question"), str):
        raise QuestionFileError(f'{where} has no text under "question".', FORMAT)
    if not value["question"].strip():
        raise QuestionFileError(f"{where} has an empty question.", FORMAT)
    answerable = value.get("answerable")
    if not (answerable is None or isinstance(answerable, bool)):
        raise QuestionFileError(f'{where}: "answerable" is neither true nor false.', FORMAT)
    return EvalQuestion(
        value["question"], _read_expected(value.get("expect", []), where), answerable
    )


def _read_expected(items: object, where: str) -> tuple[Expected, ...]:
    if not isinstance(items, list) or not all(_is_expected(item) for item in items):
        raise QuestionFileError(
            f'{where}: "expect" is not a list of objects with "path" and "text".', FORMAT
        )
    return tuple(Expected(item["path"], item.get("text", "")) for item in items)


def _is_expected(item: object) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("path"), str)
        and isinstance(item.get("text", ""), str)
    )
