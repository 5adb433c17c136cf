"""Answers as JSON and back, with all their evidence."""

from typing import Any

from pydantic import TypeAdapter

from bot.nouns import EVERYTHING, Answer, Scope

_ANSWER = TypeAdapter(Answer)
_SCOPE = TypeAdapter(Scope)


def dump_answer(answer: Answer) -> dict[str, Any]:
    shape: dict[str, Any] = _ANSWER.dump_python(answer, mode="json")
    return shape


def load_answer(shape: dict[str, Any]) -> Answer:
    return _ANSWER.validate_python(shape)


def load_scope(shape: dict[str, Any] | None) -> Scope:
    """That of an answer; of one that was kept before there were any, all there was."""
    return _SCOPE.validate_python(shape) if shape else EVERYTHING
