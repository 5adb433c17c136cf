"""Slack's published types as validators, and in plain words what does not fit them."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from tests.peers.slack.faults import Refusal

JSON = dict[str, Any]
FOLDER = Path(__file__).parent / "schema"
SCHEMAS: JSON = json.loads((FOLDER / "requests.json").read_text(encoding="utf-8"))
REQUESTS: dict[str, str] = SCHEMAS["requests"]
DEFINITIONS: JSON = SCHEMAS["definitions"]
EVENTS = {
    "agent_session_stopped": "AgentSessionStoppedEvent",
    "app_home_opened": "AppHomeOpenedEvent",
    "app_mention": "AppMentionEvent",
    "app_uninstalled": "AppUninstalledEvent",
    "file_shared": "FileSharedEvent",
    "message": "GenericMessageEvent",
    "message/bot_message": "BotMessageEvent",
    "message/channel_join": "ChannelJoinMessageEvent",
    "message/file_share": "FileShareMessageEvent",
    "tokens_revoked": "TokensRevokedEvent",
}


def check_request(method: str, arguments: JSON) -> None:
    """Raises Refusal for what the types of `method` do not know, do not allow or miss."""
    name = REQUESTS.get(method)
    if name is None or _fits(name, arguments):
        return
    if "markdown_text" in arguments and arguments.keys() & {"text", "blocks"}:
        raise Refusal("markdown_text_conflict", "markdown_text beside text or blocks")
    if "blocks" in arguments:
        check_blocks(arguments["blocks"])
    _explain_blocks(arguments.get("view"))
    raise Refusal("invalid_arguments", "; ".join(_explain(name, arguments)))


def check_blocks(blocks: object) -> None:
    """Raises Refusal for a block that the types do not know or allow."""
    if not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format", "blocks is no list")
    _explain_blocks(blocks)


def check_event(event: JSON) -> None:
    """Raises ValueError: the peer itself would send what Slack never sends."""
    kind = "/".join(filter(None, (event["type"], event.get("subtype"))))
    name = EVENTS.get(kind)
    if name is not None and not _fits(name, event):
        raise ValueError(f"{kind}: {'; '.join(_explain(name, event))}: {event}")


def find_manifest_faults(manifest: JSON) -> list[str]:
    """What Slack's manifest schema has against it; empty if nothing."""
    version = str(manifest.get("_metadata", {}).get("major_version", 1))
    try:
        _compile_manifest(version)(manifest)
    except fastjsonschema.JsonSchemaValueException as error:
        return [error.message]
    return []


def _explain_blocks(value: object) -> None:
    blocks = value.get("blocks") if isinstance(value, dict) else value
    for number, block in enumerate(blocks if isinstance(blocks, list) else []):
        kind = block.get("type") if isinstance(block, dict) else None
        name = _name_blocks().get(str(kind))
        if name is None:
            raise Refusal("invalid_blocks", f"unsupported type: {kind} [/blocks/{number}]")
        if not _fits(name, block):
            found = "; ".join(_explain(name, block))
            raise Refusal("invalid_blocks", f"{kind}: {found} [/blocks/{number}]")


def _fits(name: str, value: object) -> bool:
    try:
        _compile(name)(value)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


def _explain(name: str, value: JSON) -> Iterator[str]:
    """Of an object that does not fit: missing and unknown keys, else what the validator says."""
    variants = DEFINITIONS[name].get("anyOf", [DEFINITIONS[name]])
    known = {key for variant in variants for key in variant.get("properties", {})}
    required = [set(variant.get("required", ())) for variant in variants]
    unknown = sorted(set(value) - known)
    missing = min((sorted(needed - set(value)) for needed in required), key=len)
    yield from (f"unknown: {key}" for key in unknown)
    yield from (f"missing required field: {key}" for key in missing)
    if not unknown and not missing:
        try:
            _compile(name)(value)
        except fastjsonschema.JsonSchemaValueException as error:
            yield error.message


@cache
def _compile(name: str) -> Callable[[Any], Any]:
    draft = "http://json-schema.org/draft-07/schema#"
    schema = {"$schema": draft, "definitions": DEFINITIONS, "$ref": f"#/definitions/{name}"}
    validator: Callable[[Any], Any] = fastjsonschema.compile(schema, use_default=False)
    return validator


@cache
def _compile_manifest(version: str) -> Callable[[Any], Any]:
    text = (FOLDER / "manifest.json").read_text(encoding="utf-8")
    # The validator takes every $ in a pattern for the end of the text, also these two.
    text = text.replace(r"\\$", r"\\x24").replace("#$%", r"#\\x24%")
    validator: Callable[[Any], Any] = fastjsonschema.compile(
        json.loads(text)[version], use_default=False
    )
    return validator


@cache
def _name_blocks() -> dict[str, str]:
    names = [item["$ref"].rpartition("/")[2] for item in DEFINITIONS["KnownBlock"]["anyOf"]]
    variants = {name: DEFINITIONS[name].get("anyOf", [DEFINITIONS[name]])[0] for name in names}
    return {variant["properties"]["type"]["const"]: name for name, variant in variants.items()}
