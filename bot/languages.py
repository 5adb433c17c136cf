"""Tells the language of a text by its script and its commonest words, without any dependency."""

import re
from collections import Counter
from functools import lru_cache
from types import MappingProxyType

from bot.stop_words import STOP_WORDS

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ADDRESS = re.compile(r"[a-z]+://\S+|\S+@\S+", re.IGNORECASE)

# Code points of scripts that one language, as good as alone, is written in.
_SCRIPTS = (
    (0x0370, 0x03FF, "el"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0530, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"),
    (0x0600, 0x077F, "arabic"),
    (0x08A0, 0x08FF, "arabic"),
    (0x0900, 0x097F, "hi"),
    (0x0980, 0x09FF, "bn"),
    (0x0A00, 0x0A7F, "pa"),
    (0x0A80, 0x0AFF, "gu"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0C00, 0x0C7F, "te"),
    (0x0C80, 0x0CFF, "kn"),
    (0x0D00, 0x0D7F, "ml"),
    (0x0E00, 0x0E7F, "th"),
    (0x0E80, 0x0EFF, "lo"),
    (0x1000, 0x109F, "my"),
    (0x10A0, 0x10FF, "ka"),
    (0x1100, 0x11FF, "ko"),
    (0x1200, 0x137F, "am"),
    (0x1780, 0x17FF, "km"),
    (0x1F00, 0x1FFF, "el"),
    (0x3040, 0x30FF, "ja"),
    (0x31F0, 0x31FF, "ja"),
    (0x3130, 0x318F, "ko"),
    (0x3400, 0x4DBF, "han"),
    (0x4E00, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "ko"),
    (0xF900, 0xFAFF, "han"),
    (0x20000, 0x3134F, "han"),
)
# Scripts written without spaces: each character weighs as much as a word elsewhere.
_UNSPACED = frozenset({"han", "ja", "th", "lo", "my", "km"})

_TRADITIONAL = frozenset(
    "個們這來時對會說國學麼裡後還過沒問種發經動現開關長嗎請樣讓從電車書話語買賣費價運點數條單"
    "頁層內進遠幾當應該無與為於並萬億員組網線計設訊號碼檔選擇資產業務門間題難聯繫絡證據實際權"
    "處辦變換週裝備隊戰爭紀錄總統領導歲區縣島豐氣溫濕錢銀帳戶貨幣"
)

# Letters that among the languages above belong to few.
_LETTERS = MappingProxyType(
    {
        "de": "ßäöü",
        "fr": "çèêîôûœëï",
        "es": "ñ¿¡",
        "pt": "ãõ",
        "pl": "łżśźćąęń",
        "tr": "ğışİ",
        "vi": "ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
        "sv": "åäö",
        "da": "æøå",
        "cs": "řěůďťň",
        "ro": "ășțâ",
        "hu": "őű",
        "fi": "äö",
        "it": "ìò",
    }
)


def detect_language(text: str, otherwise: str = "en") -> str:
    """The ISO 639-1 code of the language of `text`, or `zh-Hant` for traditional Chinese;
    `otherwise` where the text gives no sign."""
    text = _ADDRESS.sub(" ", text)
    if text.isascii():
        return _detect_latin(text, otherwise)
    weights = _weigh_scripts(text)
    script = max(weights, key=lambda name: weights[name], default="latin")
    if script in ("han", "ja"):
        return _detect_east_asian(text, weights)
    if script == "cyrillic":
        return "uk" if re.search("[іїєґІЇЄҐ]", text) else "ru"
    if script == "arabic":
        if re.search("[ٹڈڑںے]", text):
            return "ur"
        return "fa" if re.search("[پچژگ]", text) else "ar"
    return _detect_latin(text, otherwise) if script == "latin" else script


def _weigh_scripts(text: str) -> Counter[str]:
    weights: Counter[str] = Counter()
    for match in WORD.finditer(text):
        word = match.group()
        if word.isascii():
            weights["latin"] += 1
            continue
        scripts = Counter(_script_of(letter) for letter in word)
        for script, letters in scripts.items():
            weights[script] += letters if script in _UNSPACED else 1
    return weights


@lru_cache(10_000)
def _script_of(letter: str) -> str:
    code = ord(letter)
    if code < _SCRIPTS[0][0]:
        return "latin"
    for first, last, script in _SCRIPTS:
        if first <= code <= last:
            return script
    return "latin"


def _detect_east_asian(text: str, weights: Counter[str]) -> str:
    # A stray の stands in many a Chinese shop name; Japanese sentences are a third kana or more.
    if weights["ja"] > 0.1 * (weights["ja"] + weights["han"]):
        return "ja"
    traditional = sum(letter in _TRADITIONAL for letter in text)
    return "zh-Hant" if traditional > 0.05 * weights["han"] else "zh"


def _detect_latin(text: str, otherwise: str) -> str:
    words = Counter(word.lower().replace("’", "'") for word in WORD.findall(text))
    present = frozenset(words)
    special = "" if text.isascii() else text.lower()
    scores: dict[str, float] = {}
    for language, stop_words in STOP_WORDS.items():
        if language not in ("ru", "uk"):
            letters = sum(map(special.count, _LETTERS.get(language, ""))) if special else 0
            common = sum(words[word] for word in stop_words & present)
            scores[language] = common + min(letters, 4) * 0.6
    best = max(scores, key=lambda language: scores[language])
    if not scores[best]:
        return otherwise
    return best if scores[best] > scores["en"] else "en"
