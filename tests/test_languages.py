"""Languages by short questions, and the sentences in each of them."""

from dataclasses import fields

import pytest

from bot.languages import detect_language
from bot.phrases import PHRASES, Phrases, phrases_in

QUESTIONS = {
    "How many points did the defense surrender?": "en",
    "refund policy": "en",
    "What does 黑豹 mean?": "en",
    "Shipping to Canada: see https://ok.com/s": "en",
    "Where is the café in Zürich?": "en",
    "黑豹队的防守丢了多少分？": "zh",
    "Kubernetes 怎么部署 Docker Compose？": "zh",
    "它支持USB-C吗": "zh",
    "請問退貨要多久？": "zh-Hant",
    "返品はどうすればいいですか": "ja",
    "환불은 얼마나 걸리나요?": "ko",
    "Сколько стоит доставка?": "ru",
    "Скільки коштує доставка?": "uk",
    "كم تستغرق عملية الاسترداد؟": "ar",
    "بازپرداخت چقدر طول می‌کشد؟": "fa",
    "כמה זמן לוקח ההחזר?": "he",
    "वापसी में कितना समय लगता है?": "hi",
    "คืนเงินใช้เวลานานเท่าไหร่": "th",
    "Πόσο διαρκεί η επιστροφή;": "el",
    "Wie lange dauert die Rückerstattung?": "de",
    "Was kostet der Versand nach Kanada?": "de",
    "Combien de temps dure le remboursement ?": "fr",
    "Cuanto cuesta el envio a Madrid": "es",
    "Quanto tempo demora o reembolso?": "pt",
    "Quanto costa la spedizione?": "it",
    "Hoe lang duurt de terugbetaling?": "nl",
    "İade ne kadar sürer?": "tr",
    "Hoàn tiền mất bao lâu?": "vi",
    "Ile trwa zwrot pieniędzy?": "pl",
    "Berapa lama pengembalian dana?": "id",
    "Hur lång tid tar återbetalningen?": "sv",
    "Hvor lang tid tager tilbagebetalingen?": "da",
    "Jak dlouho trvá vrácení peněz?": "cs",
    "Kuinka kauan palautus kestää?": "fi",
    "Mennyi ideig tart a visszatérítés?": "hu",
    "Cât durează rambursarea?": "ro",
}


@pytest.mark.parametrize(("text", "language"), QUESTIONS.items(), ids=ascii)
def test_detects(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "12345 ??", "USB-C?", "🙂"])
def test_says_otherwise_where_nothing_tells(text: str) -> None:
    assert detect_language(text) == "en"
    assert detect_language(text, otherwise="zh") == "zh"


@pytest.mark.parametrize("language", ["zh", "zh-Hant", "ja", "ko", "de", "fr", "es", "pt", "it"])
def test_every_sentence_is_in_its_language(language: str) -> None:
    spoken = phrases_in(language)
    english = phrases_in("en")
    for field in fields(Phrases):
        text = getattr(spoken, field.name)
        assert text
        assert text != getattr(english, field.name)
    joined = " ".join(getattr(spoken, field.name) for field in fields(Phrases))
    assert detect_language(joined) == language


@pytest.mark.parametrize("language", PHRASES)
def test_the_limit_has_its_place(language: str) -> None:
    assert "4000" in PHRASES[language].question_too_long.format(limit=4000)


def test_falls_back_to_the_nearest_language() -> None:
    assert phrases_in("zh-TW") is PHRASES["zh"]
    assert phrases_in("pt-BR") is PHRASES["pt"]
    assert phrases_in("eo") is PHRASES["en"]
