"""`openbook ask`: one question, one answer."""

from adapters.terminal import make_console, render
from bot.answering.engine import last_answer
from bot.cli.folders import warn_of_other_folder
from bot.cli.guard import complain
from bot.cli.shapes import print_json, shape_answer
from bot.languages import detect_language
from bot.nouns import EVERYTHING, Answer, Outcome, Question
from bot.presenting import present_all
from bot.settings import read_settings
from bot.texts import choose_words
from bot.wiring import open_parts

_EXIT_CODES = {Outcome.ANSWERED: 0, Outcome.NOTICE: 0, Outcome.NOT_FOUND: 3}


async def answer_once(question: str, *, as_json: bool) -> int:
    """0 answered, 3 not found, 1 when the model failed and passages had to do."""
    async with open_parts(read_settings()) as parts:
        events = parts.engine.answer(Question(question, scope=EVERYTHING))
        if as_json:
            answer = await last_answer(events)
            _print(answer)
        else:
            words = choose_words(detect_language(question))
            answer = await render(present_all(events, words), make_console(), words)
        await warn_of_other_folder(parts)
    return _EXIT_CODES.get(answer.outcome, 1)


def _print(answer: Answer) -> None:
    if answer.note:
        complain(answer.note)
    print_json(shape_answer(answer))
