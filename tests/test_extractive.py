"""Answers made of the documents' own statements."""

import pytest

from bot.models.extractive import ExtractiveModel
from bot.nouns import Passage, Source, Turn
from bot.seams import ModelEnd, ModelText, Prompt


def make_passage(text: str, title: str = "Handbook", *heading: str) -> Passage:
    return Passage("1", text, Source("a.md", title, heading, None, 0, len(text)))


FAQ = make_passage(
    "## Refunds\n\nQ: How long do refunds take?\nA: Refunds take 14 days. They go to the card you"
    " paid with.\n\nQ: Do you ship to Canada?\nA: Yes, for $12.\n"
)
TABLE = make_passage(
    "| Plan | Price | Seats |\n|---|---:|---|\n| Free | $0 | 1 |\n| Pro | $20 | 5 |\n"
    "| Team | $50 | 25 |\n"
)
HEADINGS = make_passage(
    "# Shipping\n\n## Can I change my address?\n\nYes, until the parcel has left.\n\n"
    "## What if it is lost?\n\nWe send a new one."
)
STEPS = make_passage(
    "To reset the device, do this:\n\n1. Press the button for 5 seconds.\n2. Wait for the light.\n"
    "3. Release.\n\nThe device has 2 years of warranty."
)
CHINESE = make_passage(
    "## 退款\n\n问：退款需要多久？\n答：退款需要14个工作日。\n\n问：运费是多少？\n"
    "答：国内运费12元，满99元免运费。"
)
PROSE = make_passage(
    "The company was founded in Graz. It was founded in 1998 by two sisters. Dr. Anna Huber runs"
    " it today, e.g. the accounts. It employs 340 people at 3.5 sites."
)
MAIL = make_passage(
    "Subject: Office move\n\nFrom: Ann <ann@example.com>\nTo: Office team <office@example.com>\n"
    "Date: Mon, 4 May 2026 09:00:00 +0000\n\nDear office team,\n\nBoxes come on Friday."
)


async def ask(question: str, *passages: Passage, turns: tuple[Turn, ...] = ()) -> str:
    items = [item async for item in ExtractiveModel().reply(Prompt(question, passages, turns))]
    assert isinstance(items[-1], ModelEnd)
    assert items[-1].price == 0
    return "".join(item.delta for item in items if isinstance(item, ModelText))


@pytest.mark.parametrize(
    ("question", "passage", "answer"),
    [
        ("Do you ship to Canada?", FAQ, "Yes, for $12. [1]"),
        ("How much is the Pro plan?", TABLE, "Plan: Pro, Price: $20, Seats: 5 [1]"),
        ("Can I change my address", HEADINGS, "Yes, until the parcel has left. [1]"),
        ("运费多少钱？", CHINESE, "国内运费12元，满99元免运费。 [1]"),
        ("退款要多久", CHINESE, "退款需要14个工作日。 [1]"),
        ("When was it founded by sisters?", PROSE, "It was founded in 1998 by two sisters. [1]"),
        ("Who tells the office team of the office move?", MAIL, "Boxes come on Friday. [1]"),
        ("How many people are employed?", PROSE, "It employs 340 people at 3.5 sites. [1]"),
    ],
)
async def test_answers(question: str, passage: Passage, answer: str) -> None:
    assert await ask(question, passage) == answer


async def test_gives_the_answer_of_a_faq_not_its_question() -> None:
    answer = await ask("How long does a refund take?", FAQ)
    assert answer == "Refunds take 14 days. [1]"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("| Pro | $20 | |\n| Team | $50 | |\n", "Pro, $20 [1]"),
        ("| | Price |\n|---|---|\n| Pro | $20 |\n", "Pro, Price: $20 [1]"),
        ("**What is Pro?** **Pro is a plan. It has** five seats.", "Pro is a plan. [1]"),
        ("Q: What is the Pro plan?\nA: **\n\nPro is a plan.", "Pro is a plan. [1]"),
        ("About the Pro plan:\n\nIt costs $20.", "About the Pro plan: [1]"),
        ("Pro is a plan.\n\n***\n\nOther.", "Pro is a plan. [1]"),
        (
            "Ask `What is Pro? A plan.` of Pro the plan.",
            "Ask `What is Pro? A plan.` of Pro the plan",
        ),
        (
            "输入 `Pro plan 是什么？多少钱？` 来问 Pro plan。",
            "输入 `Pro plan 是什么？多少钱？` 来问 Pro plan。",
        ),
    ],
)
async def test_reads_what_is_oddly_written(text: str, answer: str) -> None:
    assert (await ask("What is the Pro plan?", make_passage(text))).startswith(answer)


async def test_joins_neighbouring_sentences() -> None:
    answer = await ask("When was the company founded?", PROSE)
    assert answer == ("The company was founded in Graz. It was founded in 1998 by two sisters. [1]")


async def test_gives_a_list_with_its_introduction() -> None:
    answer = await ask("How do I reset the device?", STEPS)
    assert answer.startswith("To reset the device, do this:\n\n1. Press the button")
    assert answer.endswith("3. Release. [1]")


async def test_marks_each_statement_with_its_passage() -> None:
    passages = (make_passage("Shipping costs $12."), make_passage("Shipping costs 12 dollars."))
    answer = await ask("What does shipping cost?", *passages)
    assert answer.splitlines() == ["- Shipping costs $12. [1]", "- Shipping costs 12 dollars. [2]"]


async def test_says_the_same_thing_once() -> None:
    passage = make_passage("Shipping costs $12.")
    assert await ask("What does shipping cost?", passage, passage) == "Shipping costs $12. [1]"


async def test_shows_at_most_four_statements() -> None:
    passage = make_passage("\n".join(f"- Shipping to zone {n} costs $12." for n in range(9)))
    assert len((await ask("What does shipping cost?", passage)).splitlines()) == 4


@pytest.mark.parametrize("text", ["## Only a heading", "Is this a question?", "|---|---|", "   x"])
async def test_always_shows_something(text: str) -> None:
    assert text.strip() in await ask("How long does it take?", make_passage(text))


async def test_answers_a_follow_up_with_the_conversation() -> None:
    passages = (
        make_passage("Refunds to Mexico take 20 days. Letters to Mexico take 3 days."),
        make_passage("Shipping to Mexico costs $15."),
    )
    turns = (Turn("How much is shipping to Canada?", "It is $12."),)
    assert (
        await ask("And to Mexico?", *passages, turns=turns) == "Shipping to Mexico costs $15. [2]"
    )


async def test_rewrites_only_what_depends_on_the_conversation() -> None:
    turns = [Turn("How much is shipping to Canada?", "$12")]
    model = ExtractiveModel()
    follow_up = await model.rewrite("And to Mexico?", turns)
    assert follow_up.question == "And to Mexico? shipping Canada"
    alone = await model.rewrite("Who runs the company?", turns)
    assert alone.question == "Who runs the company?"
