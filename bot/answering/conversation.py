"""Tells whether a question needs the conversation before it, and makes it stand alone without the
help of a language model."""

import re
from collections.abc import Sequence

from bot.answering.words import find_terms, strip_function_words
from bot.languages import detect_language
from bot.nouns import Turn

# Openings that go on with what was said, in whatever language: words that begin no question of
# its own in another one. The others are listed by language.
_OPENINGS = re.compile(
    r"(?:and|but|or|so|then|also|what about|how about|what if not|what else|anything else|"
    r"und|aber|oder|was ist mit|wie sieht es|wie steht es|was noch|"
    r"et|mais|ou alors|qu'en est-il|"
    r"y(?! a[- ]t)|pero|qué hay de|qué tal|"
    r"e|ma|mas|e quanto a|che ne dici|"
    r"maar|peki|còn|vậy|lalu|"
    r"а|и|но|или|як щодо|ну)\b(?!['’])"
    r"|那|那么|那麼|还有|還有|另外|然后|然後|再(?:说|說|问|問|来|來)|而且"
    r"|では|じゃあ|じゃ|それでは|それから|あと|他に|ほかに|그럼|그러면|그리고|또"
    r"|و(?:ماذا|هل|كم|كيف|متى|أين|ما|لماذا)|ماذا عن",
    re.IGNORECASE,
)
_OPENINGS_IN = {
    "nl": re.compile(r"(?:en|dan)\b", re.IGNORECASE),
    "pl": re.compile(r"(?:a|i|ale)\b", re.IGNORECASE),
    "cs": re.compile(r"(?:a|i|ale)\b", re.IGNORECASE),
    "tr": re.compile(r"(?:ve|ya)\b", re.IGNORECASE),
    "id": re.compile(r"dan\b", re.IGNORECASE),
}
# Words that point at something said before; an article or a polite address elsewhere may be
# spelt like one.
_POINTERS_IN = {
    language: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for language, words in (
        (
            "en",
            r"(?-i:[Ii]t)|they|them|he|him|she|this|that|these|those|ones?(?!-)"
            r"|the (?:same|former|latter|above|previous)|(?P<owner>its|their|his|her)",
        ),
        (
            "de",
            r"(?-i:er|ihn|ihm|sie|es)|dessen|deren|dies|diese[rsn]?|dasselbe"
            r"|das(?!\s+(?:[a-zäöüß]+\s+)?(?-i:[A-ZÄÖÜ]))",
        ),
        ("fr", r"il|elle|ils|elles|ça|cela|celui|celle|ceux|lui"),
        ("es", r"eso|esa|ese|esos|esas|esto|ello|él|ella|ellos"),
        ("pt", r"isso|isto|esse|essa|ele|ela|eles|elas"),
        ("it", r"questo|quello|quella|esso|essa|lo stesso"),
        ("nl", r"dat|deze|hij|zij|het(?=\?)"),
        ("ru", r"это|этот|эта|эти|он|она|они|его|её|ее|их|нем|ней"),
        ("uk", r"це|цей|він|вона|вони|його|її"),
    )
}
_UNSPACED_POINTERS = re.compile(
    r"[它他她](?:们|們)?|[这這那](?:个|個|些|种|種|样|樣|里|裡|是|款|次|两|兩)|第[一二三四五六七八九十]个|后者|後者|前者|上述"
    r"|上面|前面|刚才|剛才|同样|同樣|それ|その|これ|この|あれ|あの|前の|彼|彼女|그것|그건|그게|이것|이건|그는|그녀"
    r"|هذا|هذه|ذلك|تلك"
)
# 那运费呢 goes on with what was said; in 退款需要多长时间呢 the 呢 only softens a question.
_PARTICLE = re.compile(r"呢[?？!！。]*$")
_ASKS = re.compile(
    r"什么|什麼|怎|多[少久长長大高远遠]|[几幾哪谁誰吗嗎]|为何|為何|如何|是否|能否|有没有|有沒有"
)
_MORE = re.compile(
    r"(?:please )?(?:(?:tell me|say) more|(?:some )?more(?: details?| information)?|details?|go on"
    r"|continue)(?: please)?|mehr(?: dazu)?|plus de détails|más(?: detalles)?"
    r"|(?:请|請)?(?:继续|繼續|(?:再|更)?(?:详细|詳細|具体|具體)(?:说说|說說|一?点|一點|介绍|介紹)?)",
    re.IGNORECASE,
)
_ORDINALS = re.compile(
    r"\b(?:the )?(?:first|second|third|fourth|last|next|other)(?: one)?\s*[?!.]*$"
    r"|\b(?:zweite[rsn]?|dritte[rsn]?|letzte[rsn]?|deuxième|troisième|dernier|segund[oa]|tercer[oa]?"
    r"|second[oa]|втор(?:ой|ая|ое))\s*[?!.]*$",
    re.IGNORECASE,
)
# "How long does it take to ...", "Is it possible to ...": this "it" points at nothing.
_EXPLETIVE = re.compile(
    r"\bit (?:take|cost)s?\b(?=.*\bto\b)"
    r"|\bit (?:possible|necessary|allowed|required|safe|true|legal|ok|okay|mean|rain)\b"
    r"|\b(?:gibt|geht|ist|wird|dauert) es\b|\best-ce\b|\by a-t-il\b|\bil y a\b|\bfaut-il\b"
    r"|\bthat (?:is|are|was|were|have|has|had|can|the|a|did|do)\b",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(
    r"(?:for|in|on|with|without|to|from|at|by|für|mit|ohne|in|nach|pour|avec|sans|en|para|con|sin|"
    r"com|sem|per|для|в|на|с|без)\s",
    re.IGNORECASE,
)
_FEW_TERMS = 3
_GREETING = re.compile(
    r"(?:hi|hey|hello|hello there|hi there|good (?:morning|afternoon|evening|day)|hallo"
    r"|guten (?:tag|morgen|abend)|moin|servus|bonjour|bonsoir|salut|hola"
    r"|buen[oa]s(?: días| tardes| noches)?|olá|oi|bom dia|boa (?:tarde|noite)|ciao|buongiorno"
    r"|buonasera|hej|merhaba|selam|cześć|xin chào"
    r"|halo|привет|здравствуйте|добрый (?:день|вечер)|доброе утро|привіт|مرحبا|مرحبًا|السلام عليكم"
    r"|/start|你好|您好|你好呀|嗨|哈喽|早上好|下午好|晚上好|早安|午安"
    r"|こんにちは|こんばんは|おはよう(?:ございます)?|안녕|안녕하세요)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:thanks|thank you|thx|ty|cheers|many thanks|thanks a lot|thank you (?:very|so) much|danke"
    r"(?: schön| sehr)?|vielen dank|merci(?: beaucoup)?|gracias|muchas gracias|obrigad[oa]"
    r"|muito obrigad[oa]|grazie(?: mille)?|dank je|dank u|tack|tak|dzięki|dziękuję|teşekkürler"
    r"|teşekkür ederim|cảm ơn|terima kasih|спасибо(?: большое)?|дякую|شكرا|شكرًا|شكراً"
    r"|谢谢|谢谢你|谢谢您"
    r"|多谢|感谢|謝謝|謝謝你|謝謝您|多謝|ありがとう(?:ございます|ございました)?"
    r"|감사합니다|고마워요?|고맙습니다)",
    re.IGNORECASE,
)


def depends_on_turns(question: str) -> bool:
    """Whether `question` can only be understood from the conversation before it: it goes on
    ("and the second one?", 那运费呢？), points back ("how much does it cost?") or names nothing."""
    text = question.strip().lstrip("¿¡\"'“「（(").strip()
    language = detect_language(text)
    terms = find_terms(text, language)
    if not terms or _goes_on(text, language) or _ORDINALS.search(text):
        return True
    if _PARTICLE.search(text) and not (_ASKS.search(text) and len(terms) > 1):
        return True
    return (len(text.split()) <= 4 and _FRAGMENT.match(text) is not None) or _points_back(
        text, language, terms
    )


def _goes_on(text: str, language: str) -> bool:
    own = _OPENINGS_IN.get(language)
    return (
        _OPENINGS.match(text) is not None
        or (own is not None and own.match(text) is not None)
        or _MORE.fullmatch(_strip_marks(text)) is not None
    )


def _points_back(text: str, language: str, terms: Sequence[str]) -> bool:
    """Whether a word stands for something that the question itself does not name."""
    spaced = _POINTERS_IN.get(language, _POINTERS_IN["en"])
    pointer = spaced.search(_EXPLETIVE.sub(_blank, text)) or _UNSPACED_POINTERS.search(text)
    if pointer is None:
        return False
    before = text[: pointer.start()]
    if pointer.groupdict().get("owner"):  # "the company and its people"
        return not find_terms(before, language)
    if len(find_terms(before.rpartition(",")[0], language)) > 1:  # "I lost my key, where is it?"
        return False
    return len(terms) <= _FEW_TERMS or not find_terms(before, language)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


# Words, cut to their stem, that choose among what was said.
_CHOICES = frozenset({"first", "secon", "third", "last", "next", "other", "same"})


def has_own_subject(question: str) -> bool:
    """Whether `question` names what it is about well enough to be tried alone: two words after no
    "and", three characters of a script without spaces, or a foreign name among such characters."""
    terms = [
        term
        for term in find_terms(question, detect_language(question))
        if not term.isdigit() and term not in _CHOICES
    ]
    latin = [term for term in terms if term.isascii()]
    if question.isascii():
        return len(terms) >= 2 and not _OPENINGS.match(question)
    return len(terms) >= 2 or bool(latin)


def combine_with_turns(question: str, turns: Sequence[Turn]) -> str:
    """`question` and the subject of the last question that stood alone, for searching."""
    for turn in reversed(turns):
        if not depends_on_turns(turn.question) or turn is turns[0]:
            subject = strip_function_words(turn.question, detect_language(turn.question))
            return f"{question.strip()} {subject}".strip()
    return question


def is_greeting(text: str) -> bool:
    """Whether `text` is a greeting and nothing else."""
    return _GREETING.fullmatch(_strip_marks(text)) is not None


def is_thanks(text: str) -> bool:
    """Whether `text` is thanks and nothing else."""
    return _THANKS.fullmatch(_strip_marks(text)) is not None


def _strip_marks(text: str) -> str:
    return re.sub(r"[^\w\s/]", "", text).strip()
