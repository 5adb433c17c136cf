"""How text is cut into what keyword search sees."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.scripts import MARKS, UNSPACED
from bot.search.terms import cut_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Return a parcel.", ["return", "a", "parcel"]),
        ("退货", ["退货", "退", "货"]),
        ("退货规则", ["退货", "货规", "规则", "退", "货", "规", "则"]),
        ("茶", ["茶"]),
        ("用Python写", ["用", "python", "写"]),
        ("ＫＸ－７", ["kx", "7"]),
        ("KX-7 costs 89.50", ["kx", "7", "costs", "89", "50"]),
        ("snake_case", ["snake", "case"]),
        ("カタカナ", ["カタ", "タカ", "カナ", "カ", "タ", "カ", "ナ"]),
        ("한국어 문서", ["한국어", "문서"]),
        ("ÉTÉ", ["été"]),
        ("Größe der Pakete", ["größe", "der", "pakete"]),
        (
            "Coletul este în oraşul Timişoara",
            ["coletul", "este", "în", "orașul", "timișoara", "colet", "oraș", "timișoar"],
        ),
        ("हिन्दी की किताब", ["हिन्द", "क", "किताब"]),
        ("книга, книгами", ["книг", "книг"]),
        ("ส่งคืน", ["ส่", "่ง", "งค", "คื", "ืน", "ส", "่", "ง", "ค", "ื", "น"]),
        ("مَدِينَة المدينة", ["مدين", "مدين"]),
        ("ο Άνθρωπος, του ανθρώπου", ["ο", "ανθρωπ", "τ", "ανθρωπ"]),
        ("see [the list](https://example.com/secret) now", ["see", "the", "list", "now"]),
        ("see [the list](prices.md) now", ["see", "the", "list", "prices", "md", "now"]),
        ("？！…—", []),
        ("  \n\t", []),
        ("", []),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert cut_terms(text) == terms


@settings(max_examples=300, deadline=None)
@given(some.text(max_size=80))
def test_terms_can_be_written_with_blanks_between(text: str) -> None:
    terms = cut_terms(text)

    assert " ".join(terms).split() == terms
    assert all(re.fullmatch(rf"(?:[^\W_]|[{MARKS}{UNSPACED}])+", term) for term in terms)
    assert cut_terms(text.upper().lower()) == cut_terms(text.upper())


@settings(max_examples=300, deadline=None)
@given(
    some.text(some.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=12),
    some.text(some.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=12),
    some.text(some.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=12),
)
def test_every_chinese_keyword_is_among_the_terms_of_its_text(
    keyword: str, before: str, after: str
) -> None:
    assert set(cut_terms(keyword)) <= set(cut_terms(before + keyword + after))
