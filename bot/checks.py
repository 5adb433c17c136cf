"""What the doctor says."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """A line: what was looked at, what was found, what to do about it."""

    name: str
    state: State
    finding: str
    remedy: str = ""
