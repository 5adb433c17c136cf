"""What an index process and its parent say to each other: JSON, one value a line. The parent says
the settings, then what it is asked; the process says all else."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot import errors
from bot.errors import OpenbookError, StoreError
from bot.reports import IndexReport, Progress
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class MayDelete:
    """Asks whether `deleted` of `total` passages may go; `true` or `false` is to follow."""

    deleted: int
    total: int


Said = Progress | MayDelete | IndexReport | OpenbookError

_KINDS = {kind.__name__: kind for kind in (Progress, MayDelete, IndexReport)}


def encode(said: Said) -> bytes:
    if isinstance(said, OpenbookError):
        return _dump([type(said).__name__, [said.problem, said.remedy]])
    return _dump([type(said).__name__, asdict(said)])


def decode(line: bytes) -> Said:
    name, values = json.loads(line)
    if name in _KINDS:
        return _KINDS[name](**{key: _freeze(value) for key, value in values.items()})
    kind = getattr(errors, name, StoreError)
    error: OpenbookError = kind(*values)
    return error


def encode_agreement(agreed: bool) -> bytes:
    return _dump(agreed)


def decode_agreement(line: bytes) -> bool:
    return json.loads(line) is True


def encode_settings(settings: Settings) -> bytes:
    """All of them, so that a `.env` that has changed since does not count."""
    fields = type(settings).model_fields
    return _dump(
        {str(one.validation_alias): _plain(getattr(settings, name)) for name, one in fields.items()}
    )


def decode_settings(line: bytes) -> Settings:
    nothing_else: dict[str, Any] = {"_env_file": None}
    return Settings(**nothing_else, **json.loads(line))


def _plain(value: object) -> object:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value)
        case frozenset():
            return sorted(value)
    return value


def _freeze(value: Any) -> Any:  # noqa: ANN401  (JSON)
    return tuple(map(_freeze, value)) if isinstance(value, list) else value


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
