"""The looks that people give their words in Slack, as Markdown."""

import html
import re

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_MARKUP = re.compile(r"<([@#!]?)([^|>]+)(?:\|([^>]*))?>")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])")


def to_markdown(text: str) -> str:
    """Of a message's `text`. Italics and quotes are the same in both; who is mentioned is not
    called again."""
    pieces = _CODE.split(text)
    pieces[::2] = [_convert(piece) for piece in pieces[::2]]
    return html.unescape("".join(pieces)).strip(" \n\t,:，：")


def _convert(text: str) -> str:
    text = _BOLD.sub(r"**\1**", _STRUCK.sub(r"~~\1~~", text))
    return _MARKUP.sub(_show, text)


def _show(match: re.Match[str]) -> str:
    kind, target, label = match.groups()
    if kind == "@":
        return f"@{label}" if label else ""
    if kind == "#":
        return f"#{label or target}"
    if kind == "!":
        return label or target
    return f"[{label}]({target})" if label else target
