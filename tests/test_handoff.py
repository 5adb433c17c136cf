"""Hand-offs to people, at the desk: what the table allows, and what users of other bots report."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bot.errors import LedgerError, ModelAway, PlatformError
from bot.handoff import HELD, OPEN, TABLE, Happening, follow
from bot.memory import MemoryArchive, MemoryLetters
from bot.memory_casebook import MemoryCasebook
from bot.nouns import (
    Answer,
    Asker,
    Chat,
    Done,
    Event,
    Handoff,
    HandoffState,
    Message,
    Outcome,
    Told,
)
from bot.staff import CALLING, SILENCE, Staff
from bot.telling import Telling
from bot.texts import ENGLISH
from tests.desks import House, make_message
from tests.mailbox import Mailbox

STAFF = Chat("test", "staff", private=False)
ROOM = "test:c"  # of the asker's chat
STAFF_ROOM = "test:staff"


class Shop(House):
    """A house with a staff chat; Ada is an admin."""

    def __init__(self, *, per_minute: int = 0) -> None:
        super().__init__(per_minute=per_minute, staff=STAFF)
        self.mailbox = Mailbox()
        self.telling.connect(self.mailbox)
        self.count = 0

    async def events(self, message: Message) -> list[Event]:
        """Each as an event of its own, though the words may be the same."""
        self.count += 1
        return await super().events(replace(message, event_id=f"{message.event_id} {self.count}"))

    async def say_twice(self, message: Message) -> tuple[Answer, Answer]:
        """As when a process takes up what another one has done without writing down that it has."""
        said = []
        for _ in range(2):
            last = (await super().events(message))[-1]
            assert isinstance(last, Done)
            said.append(last.answer)
        return said[0], said[1]

    async def refuse(self, question: str = "gift wrap?") -> Answer:
        self.engine.outcome = Outcome.NOT_FOUND
        answer = await self.say(question)
        self.engine.outcome = Outcome.ANSWERED
        return answer

    async def call(self) -> Answer:
        """A refusal whose button is pressed."""
        return await self.say((await self.refuse()).buttons[-1].command)

    async def reply(
        self, text: str, *, to: str = "1", asker: str = "eve", looks: str = ""
    ) -> Answer:
        """In the staff chat, to the message of that number."""
        last = (await self.events(make_reply(text, to=to, asker=asker, looks=looks)))[-1]
        assert isinstance(last, Done)
        return last.answer

    def told(self, room: str) -> str:
        return "\n".join(self.mailbox.read(room))


def make_reply(
    text: str, *, to: str = "1", asker: str = "eve", looks: str = "", replaces: str = ""
) -> Message:
    message = make_message(text, asker=asker, replaces=replaces)
    return replace(message, chat=STAFF, reply_to=to, markdown=looks)


def test_every_way_leads_from_an_open_state() -> None:
    assert {state for state, _ in TABLE} == OPEN
    for state, happening in product(HandoffState, Happening):
        after = follow(state, happening)
        assert (after is not None) == ((state, happening) in TABLE)
        if state not in OPEN:
            assert after is None


def test_only_a_staff_that_was_reached_mutes_the_bot() -> None:
    assert {state for (state, _), after in TABLE.items() if after in HELD} == OPEN
    assert follow(HandoffState.CALLING, Happening.STAFF_SPOKE) is None


async def test_a_refusal_offers_a_person() -> None:
    shop = Shop()
    answer = await shop.refuse()
    assert [one.label for one in answer.buttons][-1] == "Ask a person"
    assert shop.mailbox.letters == []
    assert "Ask a person" not in [one.label for one in (await shop.say("noon")).buttons]


@pytest.mark.parametrize("error", [ModelAway("at 10.0.0.7"), RuntimeError("broken")])
async def test_a_failure_offers_a_person_who_learns_what_was_asked(error: Exception) -> None:
    shop = Shop()
    shop.engine.error = error
    failure = await shop.say("gift wrap?", asker="ada")
    assert failure.outcome is Outcome.FAILED
    assert [one.label for one in failure.buttons] == [ENGLISH.human_label]
    await shop.say(failure.buttons[0].command, asker="ada")
    told = shop.told(STAFF_ROOM)
    assert "Question: gift wrap?" in told
    assert f"The bot said: {failure.text.partition(chr(10))[0]}" in told
    assert "10.0.0.7" not in told


async def test_without_a_staff_chat_nothing_is_offered() -> None:
    house = House()
    house.engine.outcome = Outcome.NOT_FOUND
    assert "Ask a person" not in [one.label for one in (await house.say("wrap?")).buttons]
    assert "no person" in (await house.say("/human")).text


async def test_who_dislikes_an_answer_is_offered_a_person() -> None:
    shop = Shop()
    down = next(one for one in (await shop.say("noon")).buttons if "down" in one.command)
    assert (await shop.say(down.command)).buttons[-1].label == "Ask a person"


async def test_the_staff_gets_question_answer_and_sources() -> None:
    shop = Shop()
    told = await shop.call()
    assert "The team has your question" in told.text
    letter = shop.mailbox.last(STAFF_ROOM)
    assert "gift wrap?" in letter.answer.text
    assert "It is gift wrap?" in letter.answer.text
    assert [one.place for one in letter.answer.excerpts] == [
        "shop/shipping.md › Shipping › Times, page 3"
    ]
    assert [one.command for one in letter.answer.buttons] == ["/close 1"]


async def test_without_an_answer_own_words_are_the_question() -> None:
    shop = Shop()
    await shop.say("/human my parcel is lost")
    assert "Question: my parcel is lost" in shop.told(STAFF_ROOM)
    await shop.say("/human", asker="mia")
    assert "Question" not in shop.mailbox.last(STAFF_ROOM).answer.text


async def test_chinese_words_call_a_person() -> None:
    shop = Shop()
    assert "已转给工作人员" in (await shop.say("转人工", language="zh")).text


async def test_replies_keep_their_looks() -> None:
    shop = Shop()
    await shop.call()
    said = await shop.reply("It costs 4.", looks="It costs **4**.")
    assert "Passed on" in said.text
    letter = shop.mailbox.last(ROOM)
    assert (letter.answer.text, letter.answer.is_markdown) == ("It costs **4**.", True)
    assert letter.answer.buttons[0].command == "/close"
    assert (await shop.reply("Anything else?")).text == ""


async def test_what_the_asker_says_goes_to_the_staff() -> None:
    shop = Shop()
    await shop.call()
    asked = len(shop.engine.asked)
    assert (await shop.say("Order 4711 @everyone")).text == ""
    assert (await shop.say("/ask and 4712")).text == ""
    assert len(shop.engine.asked) == asked
    letters = [one for one in shop.mailbox.letters if one.room == STAFF_ROOM]
    assert "Order 4711" in letters[1].answer.text
    assert "@everyone" not in letters[1].answer.text
    assert [one.reply_to for one in letters] == ["", "1", "1"]


async def test_others_in_the_chat_are_still_answered() -> None:
    shop = Shop()
    await shop.call()
    assert (await shop.say("noon", asker="mia")).outcome is Outcome.ANSWERED


async def test_the_staff_closes_by_a_reply_or_by_the_button() -> None:
    shop = Shop()
    await shop.call()
    await shop.reply("4 euros")
    assert (await shop.reply("/close")).text == ""
    assert "over" in shop.mailbox.last(ROOM).answer.text
    closed = shop.mailbox.last(STAFF_ROOM).answer
    assert [one.command for one in closed.buttons] == ["/keep 1"]
    assert (await shop.say("noon")).outcome is Outcome.ANSWERED

    await shop.call()
    await shop.reply("/close 2", to="")
    assert shop.mailbox.last(STAFF_ROOM).answer.buttons == ()
    assert "Press Close" in (await shop.reply("/close", to="")).text


async def test_the_asker_ends_it() -> None:
    shop = Shop()
    assert "not talking" in (await shop.say("/close")).text
    await shop.call()
    assert "over" in (await shop.say("/close")).text
    assert "ended the conversation" in shop.mailbox.last(STAFF_ROOM).answer.text
    assert (await shop.say("noon")).outcome is Outcome.ANSWERED
    assert "not talking" in (await shop.say("/close")).text


async def test_silence_ends_it_once() -> None:
    shop = Shop()
    await shop.call()
    shop.later = timedelta(hours=7)
    await shop.staff.end_quiet()
    assert len(shop.mailbox.read(ROOM)) == 0
    await shop.say("still there?")  # begins the time anew
    shop.later = timedelta(hours=14)
    await shop.staff.end_quiet()
    assert shop.told(ROOM) == ""
    shop.later = timedelta(hours=16)
    await asyncio.gather(shop.staff.end_quiet(), shop.staff.end_quiet())
    assert shop.told(ROOM).count("I answer again") == 1
    assert shop.told(STAFF_ROOM).count("The bot answers again") == 1


async def test_a_question_after_the_time_is_answered_without_waiting_for_the_watch() -> None:
    shop = Shop()
    await shop.call()
    shop.later = timedelta(hours=9)
    assert (await shop.say("noon")).outcome is Outcome.ANSWERED
    assert "I answer again" in shop.told(ROOM)


async def test_a_conversation_that_only_its_asker_sees_goes_on_in_direct_messages() -> None:
    shop = Shop()
    whispered = replace(make_message("/human wrap?"), chat=Chat("test", "c", thread="@bob"))
    await shop.events(whispered)
    await shop.reply("4 euros")
    assert shop.mailbox.read("test:direct-bob") == ["4 euros"]
    assert (await shop.say("thanks", chat="direct-bob")).text == ""
    assert "thanks" in shop.mailbox.last(STAFF_ROOM).answer.text


async def test_a_process_that_ends_while_calling_leaves_nobody_waiting() -> None:
    shop = Shop()
    await shop.casebook.open(Handoff(0, "test:/c/", "test:bob", "Bob", "en", "wrap?"))
    assert (await shop.say("noon")).outcome is Outcome.ANSWERED
    assert "already" in (await shop.say("/human")).text
    shop.later = 2 * CALLING
    await shop.staff.end_quiet()
    assert "could not reach" in shop.told(ROOM)
    assert shop.mailbox.read(STAFF_ROOM) == []
    assert "The team has" in (await shop.say("/human")).text


class UnsteadyCasebook(MemoryCasebook):
    """Cannot be used the first two times that somebody looks for what is quiet."""

    failures = 2

    async def find_quiet(self, since: datetime) -> list[Handoff]:
        if self.failures:
            self.failures -= 1
            raise LedgerError("The ledger cannot be used.")
        return await super().find_quiet(since)


async def test_the_watch_ends_what_is_quiet_and_bears_a_ledger_that_is_away() -> None:
    archive, mailbox, telling = MemoryArchive(), Mailbox(), Telling(MemoryLetters())
    casebook = UnsteadyCasebook(archive)
    telling.connect(mailbox)
    staff = Staff(STAFF, casebook, archive, telling, patience=timedelta())
    await staff.call(Handoff(0, "test:/c/", "test:bob", "Bob", "en", "wrap?"), None, ENGLISH)
    mailbox.arrived.clear()
    watching = asyncio.create_task(staff.watch(pause=0.0))
    await mailbox.arrived.wait()
    watching.cancel()
    await asyncio.wait([watching])
    assert casebook.failures == 0
    assert "I answer again" in mailbox.read(ROOM)[0]


class ChattyCasebook(MemoryCasebook):
    """Somebody says something in what was just found quiet."""

    async def find_quiet(self, since: datetime) -> list[Handoff]:
        found = await super().find_quiet(since)
        for one in found:
            await self.change(one, replace(one, touched=datetime.now(UTC) + timedelta(minutes=1)))
        return found


async def test_what_is_no_longer_quiet_does_not_end() -> None:
    archive, mailbox, telling = MemoryArchive(), Mailbox(), Telling(MemoryLetters())
    casebook = ChattyCasebook(archive)
    telling.connect(mailbox)
    staff = Staff(STAFF, casebook, archive, telling, patience=timedelta())
    await staff.call(Handoff(0, "test:/c/", "test:bob", "Bob", "en", "wrap?"), None, ENGLISH)
    await staff.end_quiet()
    assert mailbox.read(ROOM) == []
    assert await casebook.find_open("test:/c/", "test:bob") is not None


class OvertakenCasebook(MemoryCasebook):
    """Another process ends what this one has just found quiet."""

    async def find_quiet(self, since: datetime) -> list[Handoff]:
        found = await super().find_quiet(since)
        for one in found:
            await self.change(one, replace(one, state=HandoffState.EXPIRED))
        return found


async def test_of_two_processes_one_tells_the_end() -> None:
    archive, mailbox, telling = MemoryArchive(), Mailbox(), Telling(MemoryLetters())
    casebook = OvertakenCasebook(archive)
    telling.connect(mailbox)
    staff = Staff(STAFF, casebook, archive, telling, patience=timedelta())
    await staff.call(Handoff(0, "test:/c/", "test:bob", "Bob", "en", "wrap?"), None, ENGLISH)
    await staff.end_quiet()
    assert mailbox.read(ROOM) == []


async def test_without_the_setting_what_was_open_ends() -> None:
    archive, mailbox, telling = MemoryArchive(), Mailbox(), Telling(MemoryLetters())
    casebook = MemoryCasebook(archive)
    telling.connect(mailbox)
    before = Staff(STAFF, casebook, archive, telling)
    await before.call(Handoff(0, "test:/c/", "test:bob", "Bob", "en", "wrap?"), None, ENGLISH)
    after = Staff(None, casebook, archive, telling, patience=timedelta())
    assert await after.find_held(make_message("noon")) is None
    await after.end_quiet()
    assert "I answer again" in mailbox.read(ROOM)[0]
    assert len(mailbox.read(STAFF_ROOM)) == 1


async def test_what_ends_ends_also_where_nobody_can_be_told() -> None:
    shop = Shop()
    await shop.call()
    shop.mailbox.closed = {STAFF_ROOM, ROOM}
    assert "over" in (await shop.say("/close")).text
    await shop.casebook.open(Handoff(0, "test:/c/", "test:bob", "", "en", ""))
    shop.later = 2 * CALLING
    await shop.staff.end_quiet()
    assert await shop.casebook.find_open("test:/c/", "test:bob") is None
    assert len(shop.mailbox.letters) == 1


async def test_a_staff_chat_that_is_a_topic_is_no_other_topic() -> None:
    shop = House(staff=Chat("test", "staff", thread="7", private=False))
    assert shop.staff.is_here(Chat("test", "staff", thread="7"))
    assert not shop.staff.is_here(Chat("test", "staff", thread="8"))
    assert not shop.staff.is_here(Chat("test", "staff"))


async def test_replies_bear_the_name_of_who_wrote_them() -> None:
    shop = Shop()
    await shop.call()
    named = replace(make_message("4"), chat=STAFF, reply_to="1", asker=Asker("test", "eve", "Eve"))
    await shop.events(named)
    assert shop.mailbox.last(ROOM).answer.note == "Eve, for the team"


async def test_the_chat_says_what_settings_call_it() -> None:
    message = replace(make_message("/whoami"), chat=Chat("slack", "C1", "T1", private=False))
    last = (await Shop().events(message))[-1]
    assert isinstance(last, Done)
    assert "This chat is slack:T1/C1." in last.answer.text.splitlines()


async def test_what_is_taken_up_again_is_passed_on_once() -> None:
    shop = Shop()
    called = await shop.say_twice(make_message("/human wrap?"))
    assert [one.text for one in called] == [ENGLISH.human_called] * 2
    assert (await shop.say("/human wrap?")).text == ENGLISH.human_already
    await shop.say_twice(make_message("Order 4711"))
    replied = await shop.say_twice(make_reply("4 euros"))
    assert [one.text for one in replied] == [ENGLISH.reply_passed_on] * 2
    await shop.say_twice(make_reply("/close"))
    told = [letter.answer for letter in shop.mailbox.letters]
    assert [one.text.partition("\n")[0] for one in told] == [
        "? (test:bob) asks for a person.",
        "test:bob: Order 4711",
        "4 euros",
        "The conversation with the team is over.",
        "Closed by the team. The bot answers again.",
    ]
    assert (await shop.reply("/close")).text == ENGLISH.handoff_over
    replied = await shop.say_twice(make_reply("4 euros"))
    assert [one.text for one in replied] == [ENGLISH.reply_passed_on] * 2
    kept = await shop.casebook.find(1)
    assert kept is not None
    assert list(kept.said.values()) == ["4 euros"]


async def test_who_asks_again_by_the_same_message_when_it_is_over_is_introduced_again() -> None:
    shop = Shop()
    asked = make_message("/human wrap?")
    await shop.say_twice(asked)
    await shop.reply("/close")
    again = await shop.say_twice(asked)

    assert [one.text for one in again] == [ENGLISH.human_called] * 2
    assert shop.told(STAFF_ROOM).count("asks for a person") == 2


class Illiterate(MemoryLetters):
    async def note(self, occasion: str, told: Told, asker: str) -> None:
        raise LedgerError("The ledger cannot be used.")


async def test_what_was_told_and_cannot_be_noted_has_been_told() -> None:
    mailbox = Mailbox()
    telling = Telling(Illiterate())
    telling.connect(mailbox)

    await telling.tell(STAFF, Answer("4 euros", Outcome.RELAYED), occasion="1 asker")

    assert [letter.answer.text for letter in mailbox.letters] == ["4 euros"]


async def test_who_leaves_and_is_taken_up_again_has_left_once() -> None:
    shop = Shop()
    await shop.call()
    left = await shop.say_twice(make_message("/close"))
    assert [one.text for one in left] == [ENGLISH.human_over] * 2
    assert len(shop.mailbox.letters) == 2


async def test_a_call_that_was_begun_goes_on() -> None:
    shop = Shop()
    message = make_message("/human wrap?")
    handoff = Handoff(0, "test:/c/", "test:bob", "", "en", "wrap?", event_id=message.event_id)
    await shop.casebook.open(handoff)
    called, _ = await shop.say_twice(message)
    assert called.text == ENGLISH.human_called
    assert len(shop.mailbox.letters) == 1
    assert (await shop.reply("4 euros")).text == ENGLISH.reply_passed_on


async def test_an_edit_is_passed_on_as_one() -> None:
    shop = Shop()
    await shop.call()
    edited = await shop.say("gift wrap for two?", replaces="e-gift wrap?")
    assert (edited.text, edited.aside) == ("", True)
    assert shop.mailbox.last(STAFF_ROOM).answer.text == "test:bob has corrected: gift wrap for two?"
    assert shop.engine.asked[-1].text == "gift wrap?"

    await shop.say_twice(make_reply("It costs 4."))
    await shop.reply("Yes.")
    (said,) = await shop.events(make_reply("It costs 5.", replaces="e-It costs 4."))
    assert said == Done(SILENCE)
    letter = shop.mailbox.last(ROOM)
    assert (letter.answer.text, letter.answer.note) == ("It costs 5.", "From the team (corrected)")
    kept = await shop.casebook.find(1)
    assert kept is not None
    assert list(kept.said.values()) == ["It costs 5.", "Yes."]


async def test_an_edit_of_what_did_not_arrive_corrects_nothing() -> None:
    shop = Shop()
    await shop.call()
    shop.mailbox.closed = {ROOM}
    assert (await shop.reply("It costs 4.")).outcome is Outcome.FAILED
    shop.mailbox.closed = set()
    await shop.events(make_reply("It costs 5.", replaces="e-It costs 4."))
    assert shop.mailbox.last(ROOM).answer.note == "From the team"


async def test_what_is_said_of_an_edit_takes_no_answers_place() -> None:
    shop = Shop(per_minute=2)
    await shop.call()
    shop.mailbox.closed = {STAFF_ROOM, ROOM}
    lost = [
        await shop.say("two?", replaces="e-gift wrap?"),
        await shop.say("three?", replaces="e-gift wrap?"),
        await shop.reply("4 euros"),
    ]
    assert [one.outcome for one in lost] == [Outcome.FAILED, Outcome.DENIED, Outcome.FAILED]
    assert all(one.aside for one in lost)


# What users of Chatwoot report; the numbers are those of its issues.


async def test_chatwoot_13178_nothing_is_said_to_be_passed_on_that_is_not() -> None:
    shop = Shop()
    shop.mailbox.closed = {STAFF_ROOM}
    told = await shop.call()
    assert told.outcome is Outcome.FAILED
    assert "could not reach the team" in told.text
    assert (await shop.say("noon")).outcome is Outcome.ANSWERED
    shop.mailbox.closed = set()
    assert "The team has" in (await shop.say("/human")).text


async def test_chatwoot_13881_no_step_ends_in_silence() -> None:
    shop = Shop()
    await shop.call()
    shop.mailbox.closed = {STAFF_ROOM}
    assert "did not reach the team" in (await shop.say("hello?")).text
    shop.mailbox.closed = {ROOM}
    lost = await shop.reply("4 euros")
    assert lost.outcome is Outcome.FAILED
    assert "Nobody can be written to there" in lost.text


async def test_chatwoot_13673_the_bot_does_not_talk_over_the_person() -> None:
    shop = Shop()
    running = asyncio.create_task(shop.say("wait"))
    await shop.engine.waiting.wait()
    await shop.say("/human wrap?")
    assert (await running).outcome is Outcome.STOPPED
    asked = len(shop.engine.asked)
    for text in ("one", "two", "three"):
        assert (await shop.say(text)).text == ""
    assert len(shop.engine.asked) == asked


async def test_chatwoot_13880_and_15068_nothing_goes_round_after_the_end() -> None:
    shop = Shop()
    await shop.call()
    await shop.reply("4 euros")
    await shop.reply("/close")
    count = len(shop.mailbox.letters)
    assert "nothing was passed on" in (await shop.reply("one more thing")).text
    assert "over" in (await shop.reply("/close")).text
    assert (await shop.say("noon")).outcome is Outcome.ANSWERED
    assert len(shop.mailbox.letters) == count
    assert "people whom others are passed on to" in (await shop.reply("/human", to="")).text
    assert (await shop.reply("noon", to="")).outcome is Outcome.ANSWERED
    assert len(shop.mailbox.letters) == count


async def test_chatwoot_11681_the_user_decides() -> None:
    shop = Shop()
    await shop.refuse()
    await shop.refuse()
    assert shop.mailbox.letters == []
    await shop.call()
    assert "already" in (await shop.say("/human")).text
    assert len(shop.mailbox.letters) == 1


async def test_who_writes_too_much_does_not_flood_the_staff() -> None:
    shop = Shop(per_minute=2)
    await shop.call()
    assert (await shop.say("one")).text == ""
    assert (await shop.say("two")).outcome is Outcome.DENIED
    for number in range(5):
        assert (await shop.reply(f"reply {number}")).outcome is not Outcome.DENIED


async def test_two_presses_at_once_call_once() -> None:
    shop = Shop()
    command = (await shop.refuse()).buttons[-1].command
    texts = [answer.text for answer in await asyncio.gather(shop.say(command), shop.say(command))]
    assert sum("already" in text for text in texts) == 1
    assert len(shop.mailbox.letters) == 1


async def test_where_the_staff_is_out_of_reach_nobody_is_offered() -> None:
    house = House(staff=Chat("slack", "C1", "T1"))
    house.telling.connect(Mailbox())
    house.engine.outcome = Outcome.NOT_FOUND
    assert ENGLISH.human_label not in [one.label for one in (await house.say("wrap?")).buttons]
    assert (await house.say("/human wrap?")).text == ENGLISH.no_staff
    with pytest.raises(PlatformError, match="does not serve slack"):
        await house.telling.tell(Chat("slack", "C1"), Answer("x", Outcome.NOTICE))


async def test_help_offers_a_person_where_one_can_be_asked() -> None:
    shop = Shop()
    assert "/human:" in (await shop.say("/help")).text
    assert "/close:" in (await shop.say("/help")).text
    assert "/human:" not in (await shop.reply("/help", to="")).text
    terminal = replace(make_message("/help"), chat=Chat("terminal", "1"))
    (said,) = await shop.events(terminal)
    assert isinstance(said, Done)
    assert "/human" not in said.answer.text
    assert "/close" not in said.answer.text
    assert "/human" not in (await House().say("/help")).text


async def test_expects_replies_and_those_who_are_held() -> None:
    shop = Shop()
    await shop.call()
    reply = replace(make_message("4"), chat=STAFF, reply_to="1")
    assert await shop.desk.expects(reply)
    assert not await shop.desk.expects(replace(reply, reply_to="9"))
    assert await shop.desk.expects(make_message("more"))
    assert not await shop.desk.expects(make_message("more", asker="mia"))
