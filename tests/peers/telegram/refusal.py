"""How the Bot API says no."""

from typing import Any

JSON = dict[str, Any]


class Refusal(Exception):
    """An answer with `ok: false`. A `breach` is the bot's own fault: a limit or rule that it could
    have kept; the rest is life (somebody blocked it, a message is gone)."""

    def __init__(
        self,
        status: int,
        description: str,
        parameters: JSON | None = None,
        *,
        breach: bool = False,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters
        self.breach = breach

    @property
    def body(self) -> JSON:
        body = {"ok": False, "error_code": self.status, "description": self.description}
        return body | {"parameters": self.parameters} if self.parameters else body


def breach(description: str) -> Refusal:
    """A rule was broken that the bot could have kept."""
    return Refusal(400, f"Bad Request: {description}", breach=True)


def bad_request(description: str) -> Refusal:
    """What can happen to a bot without its fault."""
    return Refusal(400, f"Bad Request: {description}")


def forbidden(description: str) -> Refusal:
    return Refusal(403, f"Forbidden: {description}")
