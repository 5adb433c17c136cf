"""Answers as JSON and back, with all their evidence."""

from typing import Any

from pydantic import TypeAdapter

from bot.nouns import Answer

_ANSWER = TypeAdapter(Answer)


def dump_answer(answer: Answer) -> dict[str, Any]:
    shape: dict[str, Any] = _ANSWER.dump_python(answer, mode="json")
    return shape


def load_answer(shape: dict[str, Any]) -> Answer:
    return _ANSWER.validate_python(shape)
