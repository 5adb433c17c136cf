"""What Slack refuses in messages and views beyond the types: lengths, counts, uniqueness.

The lengths of blocks are those of `slack_sdk`'s models; what the models leave out is here."""

from collections.abc import Iterator
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from tests.peers.slack.faults import Refusal
from tests.peers.slack.schemas import check_blocks

JSON = dict[str, Any]
TEXT = 40_000
UPDATED_TEXT = 4_000  # documented for chat.update alone
MARKDOWN_TEXT = 12_000
MARKDOWN_BLOCKS = 13_200  # all of a message together, measured by users; documented are 12,000
BLOCKS = {"message": 50, "home": 100, "modal": 100}
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
ID = 255
URL = 3_000
TABLE_ROWS = 100
TABLE_COLUMNS = 20
MODAL_TITLE = 24
PRIVATE_METADATA = 3_000
PROMPTS = 4
LOADING_MESSAGES = 10
MESSAGE_BLOCKS = {"context_actions", "markdown", "plan", "table", "task_card"}
CONTENTS = ("text", "blocks", "attachments", "markdown_text")


def check_contents(body: JSON, *, longest: int = TEXT) -> None:
    """Text and blocks of one message."""
    text = body.get("text") or ""
    if not any(body.get(key) for key in CONTENTS):
        raise Refusal("no_text", "neither text nor blocks")
    if len(text) > longest:
        raise Refusal("msg_too_long", f"text of {len(text):,} characters, {longest:,} allowed")
    check_markdown(body.get("markdown_text") or "")
    check_message_blocks(body.get("blocks") or [])


def check_markdown(text: str) -> None:
    if len(text) > MARKDOWN_TEXT:
        raise Refusal("msg_too_long", f"markdown_text of {len(text):,} characters")


def check_message_blocks(blocks: list[JSON], too_many: str = "invalid_blocks") -> None:
    check_blocks(blocks)
    if len(blocks) > BLOCKS["message"]:
        raise Refusal(too_many, f"{len(blocks)} blocks, {BLOCKS['message']} allowed")
    _check_each(blocks)
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN_BLOCKS:
        raise Refusal("msg_blocks_too_long", f"{markdown:,} characters in markdown blocks")
    if sum(block["type"] == "table" for block in blocks) > 1:
        raise Refusal("invalid_attachments", "only_one_table_allowed")


def check_view(view: JSON) -> None:
    blocks, kind = view["blocks"], view["type"]
    check_blocks(blocks)
    if len(blocks) > BLOCKS[kind]:
        raise Refusal("invalid_arguments", f"{len(blocks)} blocks in a {kind}")
    if alien := MESSAGE_BLOCKS & {block["type"] for block in blocks}:
        raise Refusal("invalid_blocks", f"not in a {kind}: {', '.join(sorted(alien))}")
    _check_each(blocks)
    for key, most in (("callback_id", ID), ("private_metadata", PRIVATE_METADATA)):
        _limit(view.get(key), most, key, "invalid_arguments")
    for key in ("title", "submit", "close"):
        _limit((view.get(key) or {}).get("text"), MODAL_TITLE, key, "invalid_arguments")


def _check_each(blocks: list[JSON]) -> None:
    block_ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(set(block_ids)) < len(block_ids):
        raise Refusal("invalid_blocks", "block_id already exists")
    for number, block in enumerate(blocks):
        try:
            parsed = Block.parse(block)
            if parsed is not None:
                parsed.validate_json()
            _check_block(block)
        except (SlackObjectFormationError, TypeError) as error:
            raise Refusal("invalid_blocks", f"{error} [/blocks/{number}]") from None
        except Refusal as refusal:
            raise Refusal(refusal.code, f"{refusal.detail} [/blocks/{number}]") from None


def _check_block(block: JSON) -> None:
    action_ids = []
    for node in _iterate_objects(block):
        for key in ("action_id", "block_id"):
            _limit(node.get(key), ID, key)
        if isinstance(node.get("action_id"), str):
            action_ids.append(node["action_id"])
        if node.get("type") in ("mrkdwn", "plain_text", "markdown") and not node.get("text"):
            raise Refusal("invalid_blocks", "must be more than 0 characters")
        for key in ("url", "image_url"):
            _limit(node.get(key), URL, key)
        _check_element(node)
    if len(set(action_ids)) < len(action_ids):
        raise Refusal("invalid_blocks", "action_id already exists")
    if block["type"] == "table":
        _check_table(block["rows"])


def _check_element(node: JSON) -> None:
    buttons = {"button": [node], "feedback_buttons": []}.get(node.get("type", ""), [])
    buttons += [node[key] for key in ("positive_button", "negative_button") if key in node]
    for button in buttons:
        _limit(button["text"]["text"], BUTTON_TEXT, "button text")
        _limit(button.get("value"), BUTTON_VALUE, "button value")


def _check_table(rows: list[list[JSON]]) -> None:
    if len(rows) > TABLE_ROWS or any(len(row) > TABLE_COLUMNS for row in rows):
        raise Refusal("invalid_blocks", f"a table of more than {TABLE_ROWS} × {TABLE_COLUMNS}")


def _limit(text: object, most: int, name: str, code: str = "invalid_blocks") -> None:
    if isinstance(text, str) and len(text) > most:
        raise Refusal(code, f"{name} of {len(text):,} characters, {most:,} allowed")


def _iterate_objects(node: object) -> Iterator[JSON]:
    if isinstance(node, list):
        for item in node:
            yield from _iterate_objects(item)
    elif isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _iterate_objects(value)
