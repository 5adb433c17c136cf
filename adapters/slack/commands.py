"""Commands as they are given in Slack, where all but `/reindex` stand behind `/ask`."""

import re
from collections.abc import Mapping

# Words that are a command if nothing else stands behind /ask.
ALONE = (
    "close",
    "gaps",
    "help",
    "human",
    "language",
    "new",
    "reindex",
    "search",
    "sources",
    "start",
    "status",
    "stop",
    "whoami",
    "why",
)
IN_CHINESE: Mapping[str, str] = {
    "帮助": "help",
    "搜索": "search",
    "查找": "search",
    "公开": "public",
    "出处": "sources",
    "为什么": "why",
    "新对话": "new",
    "停止": "stop",
    "语言": "language",
    "状态": "status",
    "人工": "human",
    "转人工": "human",
    "结束": "close",
    "缺口": "gaps",
}
PUBLIC = "public"

# What stands behind a command, where it is that and no question.
_TAKES: Mapping[str, re.Pattern[str]] = {
    "gaps": re.compile(r"(?:drop )?#?\d+(?:\s.*)?", re.DOTALL),
    "language": re.compile(r"en|zh|auto", re.IGNORECASE),
    "search": re.compile(r".*", re.DOTALL),
}
_NAMED = re.compile(rf"(?<![\w/:.])/(?P<name>{'|'.join(ALONE)})(?![\w/])")


def read_words(command: str, words: str) -> tuple[str, bool]:
    """What the desk is told, and whether it shall be answered before all. `/ask why` is a command
    and `/ask why do parcels come late?` a question."""
    if command != "/ask":
        return f"{command} {words}".strip(), False
    first, _, rest = words.strip().partition(" ")
    name, rest = IN_CHINESE.get(first, first.lower()), rest.strip()
    if not first:
        return "/help", False
    if not rest:
        return "/help" if name == PUBLIC else read_alone(words), False
    if name == PUBLIC:
        return rest, True
    if name in _TAKES and _TAKES[name].fullmatch(rest):
        return f"/{name} {rest}", False
    return words.strip(), False


def read_alone(words: str) -> str:
    """A single word that is a command, else the words as they are. In threads, where Slack takes no
    slash commands, it is the only way to give one."""
    word = words.strip()
    name = IN_CHINESE.get(word, word.lower())
    return f"/{name}" if name in ALONE else word


def spell(text: str) -> str:
    """Our own words with their commands as they are typed here."""
    return _NAMED.sub(
        lambda match: match[0] if match["name"] == "reindex" else f"/ask {match['name']}", text
    )
