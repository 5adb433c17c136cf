"""What a reader sees of text and blocks: the words, whom they would call, where they lead."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

JSON = dict[str, Any]
PING = re.compile(r"<!(?:channel|here|everyone)\b[^>]*>|<!subteam\^[^>]*>|<@[UW][A-Z0-9]*[^>]*>")
BARE_PING = re.compile(r"(?<![\w@])@(?:channel|here|everyone)\b")
LINK = re.compile(r"https?://[^\s<>|)\]\"`]+|(?<=<)mailto:[^|>]+|(?<=\]\()[a-z]+:[^\s)]+")
CODE = re.compile(r"```.*?(?:```|\Z)|``.+?``|`[^`\n]+`", re.S)
MENTION = re.compile(r"(<@[UW][A-Z0-9]+>)")
TYPED_LINK = re.compile(r"https?://[^\s<>]+")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text and how it is formatted: `mrkdwn`, `markdown` or `plain_text`."""

    kind: str
    text: str


def type_text(text: str) -> str:
    """As Slack sends what a user types: escaped, web addresses in angle brackets. A mention of a
    user, written as <@U…>, stays one."""
    pieces = MENTION.split(text)
    return "".join(piece if MENTION.fullmatch(piece) else _type(piece) for piece in pieces)


def _type(text: str) -> str:
    return TYPED_LINK.sub(lambda match: f"<{match[0]}>", html.escape(text, quote=False))


def iterate_spans(node: object) -> Iterator[Span]:
    """Every text in blocks, in reading order."""
    if isinstance(node, list):
        for item in node:
            yield from iterate_spans(item)
    elif isinstance(node, dict):
        kind = node.get("type")
        if kind in ("mrkdwn", "plain_text", "markdown", "text") and isinstance(
            node.get("text"), str
        ):
            yield Span("plain_text" if kind == "text" else kind, node["text"])
        else:
            for key, value in node.items():
                if key not in ("confirm", "accessibility_label"):
                    yield from iterate_spans(value)


def read_blocks(blocks: list[JSON]) -> str:
    """The words of blocks, buttons in square brackets."""
    return "\n".join(filter(None, map(_read_block, blocks)))


def _read_block(block: JSON) -> str:
    elements = block.get("elements")
    if block["type"] in ("actions", "context_actions") and elements is not None:
        labels = [span.text for element in elements for span in iterate_spans(element)]
        return " ".join(f"[{label}]" for label in labels)
    if block["type"] == "table":
        return "\n".join(
            " | ".join(" ".join(span.text for span in iterate_spans(cell)) for cell in row)
            for row in block["rows"]
        )
    if block["type"] == "rich_text":
        lines = ("".join(span.text for span in iterate_spans(part)) for part in elements or ())
        return "\n".join(lines)
    accessory = "".join(f" [{span.text}]" for span in iterate_spans(block.get("accessory")))
    body = {key: value for key, value in block.items() if key != "accessory"}
    separator = " " if block["type"] == "context" else "\n"
    return separator.join(span.text for span in iterate_spans(body)) + accessory


def read_chunks(chunks: list[JSON]) -> str:
    """The words of a stream: its Markdown, tasks as lines of their own."""
    words = ""
    for chunk in chunks:
        match chunk.get("type"):
            case "markdown_text":
                words += chunk["text"]
            case "blocks":
                words += f"\n{read_blocks(chunk['blocks'])}\n"
            case _:
                continue
    return words


def find_pings(spans: list[Span], *, link_names: bool = False) -> list[str]:
    """Who would be called. Code protects from it in Markdown, but not for sure in mrkdwn."""
    found = []
    for span in spans:
        if span.kind != "plain_text":
            plain = CODE.sub(" ", span.text)
            found += PING.findall(plain if span.kind == "markdown" else span.text)
            found += BARE_PING.findall(plain) if link_names else []
    return found


def find_links(spans: list[Span], blocks: object = None) -> list[str]:
    """The addresses that formatted text outside of code leads to, and buttons and images."""
    texts = [CODE.sub(" ", span.text) for span in spans if span.kind != "plain_text"]
    return [link for text in texts for link in LINK.findall(text)] + list(_iterate_urls(blocks))


def _iterate_urls(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _iterate_urls(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("url", "image_url") and isinstance(value, str):
                yield value
            else:
                yield from _iterate_urls(value)
