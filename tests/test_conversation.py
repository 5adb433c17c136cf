"""Which questions need the conversation, and what can be searched for then."""

import pytest

from bot.answering.conversation import (
    combine_with_turns,
    depends_on_turns,
    has_own_subject,
    is_greeting,
    is_thanks,
)
from bot.nouns import Turn


@pytest.mark.parametrize(
    "question",
    [
        "and the second one?",
        "And to Mexico?",
        "What about students?",
        "how about the Pro plan",
        "How much does it cost?",
        "Why?",
        "When was it founded?",
        "What is its capital?",
        "the other one",
        "for students?",
        "Can you explain that?",
        "那运费呢？",
        "那么第二个呢",
        "它多少钱？",
        "为什么？",
        "这个怎么用？",
        "還有嗎？",
        "それはいくらですか？",
        "じゃあ、送料は？",
        "그럼 배송비는요?",
        "Und nach Kanada?",
        "Was kostet das?",
        "Et pour le Canada ?",
        "¿Y a México?",
        "¿Cuánto cuesta eso?",
        "E para o México?",
        "E la seconda?",
        "А в Канаду?",
        "Сколько это стоит?",
        "وماذا عن الشحن؟",
        "Tell me more.",
        "详细说说",
        "请继续",
        "价格是多少呢？",
        "Can I return those?",
        "Haben sie auch Filialen?",
        "En naar Canada?",
    ],
)
def test_needs_the_conversation(question: str) -> None:
    assert depends_on_turns(question)


@pytest.mark.parametrize(
    "question",
    [
        "How long does it take to get a refund?",
        "I lost my password, how do I reset it?",
        "I want to return my order",
        "A refund takes how long?",
        "Is same-day delivery available?",
        "How do I restore a previous version?",
        "Which one-time fees are there?",
        "How does the company treat its employees?",
        "退款需要多长时间呢？",
        "怎么申请年假呢？",
        "再次提交报销需要什么材料？",
        "再生资源怎么回收？",
        "¿Qué es el reembolso?",
        "¿Cuál es el precio del envío a Canadá?",
        "Quanto costa il trasporto?",
        "O que é o reembolso?",
        "Quem paga o frete das devoluções?",
        "En quelle année l'entreprise a-t-elle été fondée ?",
        "Y a-t-il un service client ?",
        "Was ist das Rückgaberecht?",
        "Haben Sie eine Filiale in Wien?",
        "Is it possible to return a product?",
        "How many points did the Panthers defense surrender?",
        "What is the shipping cost to Canada?",
        "Which plans are there that have five seats?",
        "refunds",
        "How do employees of the company submit their travel expenses?",
        "运费是多少？",
        "退款需要多久？",
        "如何重置设备？",
        "送料はいくらですか？",
        "배송비는 얼마인가요?",
        "Wie lange dauert die Rückerstattung?",
        "Was kostet der Versand nach Kanada?",
        "Combien de temps dure le remboursement ?",
        "¿Cuánto cuesta el envío a México?",
        "Quanto custa o frete para o México?",
        "Quanto costa la spedizione?",
        "Сколько стоит доставка в Канаду?",
        "كم تستغرق عملية الاسترداد؟",
    ],
)
def test_stands_alone(question: str) -> None:
    assert not depends_on_turns(question)


def test_adds_the_subject_of_the_last_question_that_stood_alone() -> None:
    turns = [
        Turn("How much is shipping to Canada?", "$12 [1]."),
        Turn("And to Mexico?", "$15 [1]."),
    ]
    combined = combine_with_turns("How long does it take?", turns)
    assert combined == "How long does it take? shipping Canada"


def test_adds_the_subject_of_a_chinese_question() -> None:
    combined = combine_with_turns("那运费呢？", [Turn("退货的条件是什么？", "……")])
    assert combined == "那运费呢？ 退货 条件"


def test_without_turns_the_question_stays() -> None:
    assert combine_with_turns("and that?", []) == "and that?"


@pytest.mark.parametrize("text", ["Hello!", "hi", "你好！", "こんにちは", "Guten Tag.", "/start"])
def test_knows_greetings(text: str) -> None:
    assert is_greeting(text)
    assert not is_thanks(text)


@pytest.mark.parametrize("text", ["Thanks!", "thank you very much", "谢谢！", "Danke", "Спасибо"])
def test_knows_thanks(text: str) -> None:
    assert is_thanks(text)
    assert not is_greeting(text)


@pytest.mark.parametrize("text", ["Hello, how long do refunds take?", "你好，运费多少？", "Hi-Fi?"])
def test_a_question_with_a_greeting_is_a_question(text: str) -> None:
    assert not is_greeting(text)


@pytest.mark.parametrize(
    ("question", "own"),
    [
        ("Does it need a GPU?", True),
        ("那 Ollama 呢？", True),
        ("微波炉呢？", True),
        ("What does it cost?", False),
        ("那运费呢？", False),
        ("and the second one?", False),
    ],
)
def test_a_subject_of_its_own(question: str, own: bool) -> None:
    assert has_own_subject(question) is own
