"""Checks requests, results and updates against the published Bot API (`schema.json`)."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from tests.peers.telegram.refusal import JSON, breach

_API = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))
_NAMES = {name.lower(): name for name in _API["methods"]}


def find_method(name: str) -> str | None:
    """The method as its documentation writes it; Telegram takes any case."""
    return _NAMES.get(name.lower())


def list_parameters(method: str) -> frozenset[str]:
    return frozenset(_API["methods"][method]["params"]["properties"])


def decode(method: str, fields: dict[str, str]) -> JSON:
    """Form fields as the values they stand for: nested ones are JSON in a string."""
    properties = _API["methods"][method]["params"]["properties"]
    return {name: _decode(name, value, properties.get(name)) for name, value in fields.items()}


def _decode(name: str, value: str, schema: JSON | None) -> object:
    if schema is None or schema.get("type") == "string":
        return value
    if {"type": "string"} in schema.get("anyOf", ()):
        return int(value) if re.fullmatch(r"-?\d{1,18}", value) else value
    try:
        return json.loads(value)
    except ValueError:
        raise breach(f"can't parse {name} JSON object") from None


def check_request(method: str, params: JSON) -> None:
    """Raises Refusal. Parameters that Telegram does not know are no business of this check: it
    ignores them."""
    known = {name: value for name, value in params.items() if name in list_parameters(method)}
    try:
        _compile(f"params of {method}")(known)
    except fastjsonschema.JsonSchemaException as error:
        raise breach(str(error).replace("data", method, 1)) from None


def check_result(method: str, result: object) -> None:
    """Raises AssertionError: the peer itself would be wrong."""
    _check_own(f"result of {method}", result)


def check_update(update: JSON) -> None:
    """Raises AssertionError: the peer itself would be wrong."""
    _check_own("Update", update)


def _check_own(what: str, value: object) -> None:
    try:
        _compile(what)(value)
    except fastjsonschema.JsonSchemaException as error:
        raise AssertionError(f"The peer's own {what}: {error}: {value}") from None


@cache
def _compile(what: str) -> Callable[[Any], Any]:
    part, _, method = what.partition(" of ")
    schema = _API["methods"][method][part] if method else {"$ref": f"#/definitions/{what}"}
    whole = schema | {"definitions": _API["definitions"]}
    check: Callable[[Any], Any] = fastjsonschema.compile(whole, use_default=False)
    return check
