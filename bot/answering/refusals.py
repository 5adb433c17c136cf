"""Recognises a model's "the passages do not say", as the agreed word or in its own words."""

import re

from bot.answering.prompt import NOT_FOUND

_DECORATION = " \t\r\n*_`'\"[](){}<>.:!“”「」【】。"
_REFUSALS = re.compile(
    "|".join(
        (
            r"\b(?:do|does|did)(?: not|n['’]t) (?:\w+ )?(?:answer|mention|contain|provide)\b",
            r"\b(?:do|does|did)(?: not|n['’]t) (?:\w+ )?(?:say|state|specify|include|cover)\b",
            r"\bno (?:information|mention|answer)\b|\bI (?:do not|don['’]t) know\b",
            r"\bnot (?:found|mentioned|specified|provided|stated|available|covered|contained)\b",
            r"\bnot in (?:the )?(?:documents|passages)\b",
            r"\b(?:cannot|can['’]t|could not|couldn['’]t|unable to) (?:\w+ )?(?:find|answer)\b",
            r"\bnicht (?:erwähnt|enthalten|beantwort|genannt|angegeben|gefunden)",
            r"\bkeine (?:Information|Angabe|Antwort)|\bne (?:répond|mentionn|contien|précis)",
            r"\bno (?:responde|menciona|contiene|se menciona|especifica)",
            r"\bnão (?:responde|menciona|contém|há informa)|\bnon (?:rispond|menzion|specific)",
            r"не (?:содерж|упомина|указан|найден|отвеча)|нет (?:информац|ответа|сведений)",
            r"(?:没有|未|并未|无)(?:明确)?(?:提到|提及|找到|说明|包含|给出|提供|相关|答案|信息)",
            r"(?:沒有|並未|無)(?:明確)?(?:提到|提及|找到|說明|包含|給出|提供|相關|答案|資訊)",
            r"无法(?:回答|找到)|無法(?:回答|找到)",
            r"記載(?:されて)?(?:いません|がありません|はありません)|見つかりません",
            r"찾을 수 없|나와 있지 않|언급되지|언급하지|포함되어 있지 않",
            r"لا (?:تحتوي|تذكر|توجد|يوجد|تجيب)",
        )
    ),
    re.IGNORECASE,
)
_LONGEST_REFUSAL = 300
_TELLING_PART = NOT_FOUND[:7]
# As it is, and as models write it that escape what Markdown would read.
_SPELLINGS = (NOT_FOUND, NOT_FOUND.replace("_", r"\_"))
_STARTS = frozenset(word[:size] for word in _SPELLINGS for size in range(1, len(word)))
_LONGEST_START = max(map(len, _STARTS))


def sounds_like_refusal(text: str) -> bool:
    """Whether `text`, which cites nothing, says that the documents do not hold the answer."""
    return len(text) <= _LONGEST_REFUSAL and _REFUSALS.search(text) is not None


class TokenWatch:
    """Takes the NOT_FOUND word out of a reply that comes in pieces; it is never passed on, not
    even in part. `said` says that the reply holds it, `refused` that it begins with it."""

    def __init__(self) -> None:
        self._held = ""
        self._began = False
        self.said = False
        self.refused = False

    def feed(self, delta: str) -> str:
        """What of the reply is certainly not the word, nor leads to it."""
        held = self._held + delta
        if not self._began:
            start = _fold(held)
            if len(start) < len(NOT_FOUND) and NOT_FOUND.startswith(start):
                self._held = held
                return ""
            self._began, self.refused = True, start.startswith(NOT_FOUND)
            self.said = self.refused
        while word := next((word for word in _SPELLINGS if word in held), None):
            held = held.replace(word, "")
            self.said = True
        sizes = range(min(_LONGEST_START, len(held)), 0, -1)
        keep = next((size for size in sizes if held[-size:] in _STARTS), 0)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]

    def finish(self) -> str:
        """The rest, once the reply is over."""
        held, self._held = self._held, ""
        if _fold(held).startswith(_TELLING_PART):
            self.said = True
            self.refused = self.refused or not self._began
            return ""
        return held


def _fold(text: str) -> str:
    """The beginning of a reply without decoration, as the word is spelt if it is the word."""
    return text.lstrip(_DECORATION).replace("\\_", "_").upper()
