"""Takes out what a reasoning model thinks, where its server leaves that in the reply."""

_OPENING = "<think>"
_CLOSING = "</think>"


class Thoughts:
    """Takes `<think>…</think>` from the beginning of a reply that comes in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._thought = False
        self._over = False

    def feed(self, delta: str) -> str:
        """What of the reply is certainly no thought."""
        if self._over:
            return delta
        self._held += delta
        while (start := self._held.lstrip()).startswith(_OPENING):
            _, closed, rest = start.partition(_CLOSING)
            if not closed:
                return ""
            self._held, self._thought = rest, True
        if _OPENING.startswith(start):
            return ""
        self._over = True
        return self.finish()

    def finish(self) -> str:
        """The rest, once the reply is over; a thought that was not ended is none of it."""
        held, self._held = self._held, ""
        start = held.lstrip()
        if start.startswith(_OPENING):
            return ""
        return start if self._thought else held
