"""Answers as Telegram shows them: texts that it takes, and what stands under them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from telegram import InlineKeyboardMarkup, ReplyKeyboardMarkup

from adapters.telegram.rendering import make_buttons, make_keyboard, render
from adapters.telegram.styling import Styled
from bot.commands import COMMANDS
from bot.nouns import Answer, Attachment, Button, Excerpt, Message, Outcome
from bot.presenting import unpack_button
from tests.desks import House, make_message
from tests.peers.telegram.entities import count_units
from tests.telegram_entities import find_violations, show

SOURCE = Excerpt("[1]", "shop/fees.txt › Fees, page 3", ("Shipping costs 17 euros.",))
MARKDOWN = "It is **17 euros** [1]."
STYLED = (Outcome.ANSWERED, Outcome.PASSAGES_ONLY, Outcome.STOPPED, Outcome.RELAYED)


def render_one(answer: Answer) -> Styled:
    (part,) = render(answer)
    assert find_violations(part) == []
    return part


@pytest.mark.parametrize("outcome", Outcome)
def test_words_of_models_and_people_are_markdown_and_ours_are_not(outcome: Outcome) -> None:
    part = render_one(Answer(MARKDOWN, outcome))
    if outcome in STYLED:
        assert (part.text, show(part)) == ("It is 17 euros [1].", [("bold", "17 euros")])
    else:
        assert (part.text, show(part)) == (MARKDOWN, [])


@pytest.mark.parametrize("outcome", Outcome)
def test_sources_show_their_quotes_where_they_were_asked_for(outcome: Outcome) -> None:
    part = render_one(Answer("Sources:", outcome, excerpts=(SOURCE,)))
    shown = "Sources:\n\n[1] shop/fees.txt › Fees, page 3"
    if outcome is Outcome.NOTICE:
        assert part.text == f"{shown}\nShipping costs 17 euros."
        quotes = [("bold", "[1]"), ("expandable_blockquote", "Shipping costs 17 euros.")]
        assert show(part) == quotes
    else:
        assert (part.text, show(part)) == (shown, [("bold", "[1]")])


def test_sources_stand_one_a_line_with_the_note_below() -> None:
    others = (SOURCE, Excerpt("[2]", "退货.txt"), Excerpt("[3]", "c.txt", ("One.", "二。")))
    part = render_one(Answer("说明。", Outcome.NOTICE, excerpts=others, note="No model is set up."))
    assert part.text == (
        "说明。\n\n[1] shop/fees.txt › Fees, page 3\nShipping costs 17 euros.\n[2] 退货.txt\n"
        "[3] c.txt\nOne.\n二。\n\nNo model is set up."
    )
    assert show(part)[-1] == ("italic", "No model is set up.")


def test_what_is_missing_leaves_no_gap() -> None:
    assert render_one(Answer("", Outcome.STOPPED, note="Stopped.")).text == "Stopped."
    assert render_one(Answer(" \n", Outcome.NOTICE, excerpts=(SOURCE,))).text.startswith("[1] ")
    assert render_one(Answer("  Text.\n\n", Outcome.ANSWERED)).text == "Text."


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_nothing_to_show_is_nothing(text: str) -> None:
    for outcome in (Outcome.NOTICE, Outcome.ANSWERED):
        assert render(Answer(text, outcome)) == []


HOSTILE = (
    "**bold** _it_ `code` [here](https://evil.example) <b>html</b> <script>alert(1)</script>",
    "```\npre\n```\n> quote\n# Heading\n- item",
    "||spoiler|| ~~gone~~ __init__ $x^2$ \\(y\\)",
    "tg://user?id=1 &amp; &lt; \u202e right to left \x00\x07",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_documents_are_shown_as_they_are_written(text: str) -> None:
    shown = text.replace("\x00", "\ufffd").replace("\x07", "\ufffd")
    answer = Answer("Found:", Outcome.NOTICE, excerpts=(Excerpt("1.", f"a {text}", (text,)),))
    part = render_one(answer)
    assert part.text.count(shown) == 2
    assert {kind for kind, *_ in show(part)} == {"bold", "expandable_blockquote"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_note_is_shown_as_it_is_written(text: str) -> None:
    part = render_one(replace(Answer("Text.", Outcome.ANSWERED), note=text))
    assert {kind for kind, *_ in show(part)} == {"italic"}


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.NOTICE])
@pytest.mark.parametrize(
    "word", ["Parcels leave at noon. ", "包裹中午发出。", "😀👩‍👩‍👧 ", "**so** "]
)
def test_long_answers_go_in_parts_that_telegram_takes(outcome: Outcome, word: str) -> None:
    excerpts = tuple(Excerpt(f"[{n}]", f"file{n}.txt", (word * 9,)) for n in range(1, 60))
    parts = render(Answer(word * 700, outcome, excerpts=excerpts, note="Cut."))
    assert len(parts) > 1
    for part in parts:
        assert part.text.strip()
        assert count_units(part.text) <= 4096
        assert len(part.entities) <= 100
        assert find_violations(part) == []
    assert parts[-1].text.endswith("Cut.")
    assert "[59] file59.txt" in parts[-1].text


def read_rows(keyboard: object) -> list[list[str]]:
    assert isinstance(keyboard, InlineKeyboardMarkup)
    return [[button.text for button in row] for row in keyboard.inline_keyboard]


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        ("a", ["a"]),
        ("a b c d e", ["a b c d", "e"]),
        ("👍 👎 Sources Why?", ["👍 👎 Sources Why?"]),
        ("👍_✓ 👎 出处 为什么？", ["👍_✓ 👎 出处 为什么？"]),
        ("add-to-the-documents do-not-add", ["add-to-the-documents", "do-not-add"]),
        (f"{'x' * 60} a", ["x" * 60, "a"]),
    ],
)
def test_buttons_stand_in_rows_that_a_phone_shows(labels: str, rows: list[str]) -> None:
    buttons = [Button(label, "/why") for label in labels.split()]
    assert read_rows(make_buttons(buttons)) == [row.split() for row in rows]


def test_suggestions_are_offered_in_private_chats_alone() -> None:
    answer = Answer("Hello", Outcome.NOTICE, suggestions=("When?", "什么时候？"))
    keyboard = make_keyboard(answer, private=True)
    assert isinstance(keyboard, ReplyKeyboardMarkup)
    assert [[key.text for key in row] for row in keyboard.keyboard] == [["When?"], ["什么时候？"]]
    assert (keyboard.one_time_keyboard, keyboard.resize_keyboard) == (True, True)
    assert make_keyboard(answer, private=False) is None


def test_buttons_go_before_suggestions() -> None:
    answer = Answer("", Outcome.NOTICE, buttons=(Button("Why?", "/why"),), suggestions=("When?",))
    for private in (True, False):
        assert read_rows(make_keyboard(answer, private=private)) == [["Why?"]]


def test_nothing_under_an_answer() -> None:
    for private in (True, False):
        assert make_keyboard(Answer("Text", Outcome.ANSWERED), private=private) is None


async def collect(house: House, language: str) -> AsyncIterator[Answer]:
    """Answers of every command and to a question, in a chat that speaks the language, and of
    every button under them."""
    await house.say(f"/language {language}")
    waiting = [f"/{name}" for name in COMMANDS if name != "new"] + ["parcel?", "/search parcel"]
    pressed: set[str] = set()
    while waiting:
        text = waiting.pop(0)
        answer = await house.say(text)
        yield answer
        for button in answer.buttons:
            kind = button.command.rpartition(" ")[0]
            if kind not in pressed and "/language" not in kind:
                pressed.add(kind)
                waiting.append(button.command)


def offer_file(name: str) -> Message:
    async def fetch() -> bytes:
        return b"# New\n"

    message = make_message("", asker="ada")
    return replace(message, attachment=Attachment(name, 6, fetch))


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_button_of_the_desk_fits_what_telegram_keeps(
    tmp_path: Path, language: str
) -> None:
    house = House(tmp_path)
    house.admins.add("test:bob")
    answers = [answer async for answer in collect(house, language)]
    house.librarian.deletes = (9, 10)
    answers.append(await house.say("/reindex"))
    answers.append(await house.say("/language nonsense"))
    events = await house.events(offer_file("很长的名字" * 12 + ".md"))
    answers += [event.answer for event in events if hasattr(event, "answer")]
    message = make_message("parcel?")
    answers.append(await house.desk.deliveries.offer_again(message, answers[-1]))

    commands = set()
    for answer in answers:
        for button in answer.buttons:
            ((shown,),) = make_buttons([button]).inline_keyboard
            data = str(shown.callback_data)
            assert 1 <= len(data.encode()) <= 64, data
            assert unpack_button(data) == (button.command, button.in_place)
            commands.add(button.command.split()[0])
        for part in render(answer):
            assert find_violations(part) == []
    assert commands == {
        *("/rate", "/sources", "/why", "/language", "/reindex", "/add", "/discard", "/again")
    }
