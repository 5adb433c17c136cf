"""What is said of a message that could not be answered, and a person instead of the answer."""

from contextlib import suppress
from dataclasses import replace

from bot.commands.calls import Call, parse_command
from bot.errors import LedgerError, OpenbookError, QuestionError
from bot.nouns import Answer, Button, Kept, Outcome


async def say_failure(error: Exception, call: Call) -> Answer:
    """Details may name files and addresses, so only admins get them, and only where nobody else
    reads them. What is wrong with a question its asker must know."""
    if isinstance(error, QuestionError):
        return Answer(str(error), Outcome.FAILED)
    if not isinstance(error, OpenbookError):
        return await _offer_person(call.words.unexpected, call)
    failures = call.words.failures
    said = next(failures[kind] for kind in type(error).__mro__ if kind in failures)
    answer = await _offer_person(said, call)
    return replace(answer, text=f"{said}\n\n{error}") if call.sees_details else answer


async def _offer_person(said: str, call: Call) -> Answer:
    """For a question, where there is somebody: by the name that it is kept under, without details,
    so that they are told what was asked."""
    message, services, answer = call.message, call.services, Answer(said, Outcome.FAILED)
    command, question = parse_command(message.text) or ("ask", message.text)
    if command == "ask" and question and services.staff.serves(message.chat):
        kept = Kept(question, answer, message.chat.key, message.asker.key, message.event_id)
        with suppress(LedgerError):
            name = await services.archive.keep(kept, remembered=False)
            button = Button(call.words.human_label, f"/human {name}")
            return replace(answer, name=name, buttons=(button,))
    return answer
