"""The parts of the Slack adapter by themselves: reading, commands, threads, cutting, rendering, the
manifest, and that nothing but one helper writes to Slack."""

import ast
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.buttons import Pressed, pack, unpack
from adapters.slack.commands import read_words, spell
from adapters.slack.cutting import cut, cut_markdown, find_open_fence
from adapters.slack.manifest import make_manifest
from adapters.slack.reading import Spoken, read_event, unescape
from adapters.slack.rendering import MARKDOWN, TEXT, disarm, render
from adapters.slack.sending import _is_slack
from adapters.slack.threads import Threads
from bot.nouns import Answer, Button, Excerpt, Outcome
from bot.texts import CHINESE, ENGLISH, Words
from tests.cli.running import assert_refused, run
from tests.peers.slack.manifests import read_manifest
from tests.peers.slack.rules import check_contents

ROOT = Path(__file__).parent.parent
BOT = "UBOT"


async def fetch(url: str) -> bytes:
    return url.encode()


def speak(text: str = "words", **event: object) -> Spoken | None:
    known = {"type": "message", "channel": "C1", "user": "U1", "ts": "1700000000.000100"}
    return read_event({"team_id": "T1", "event": {**known, "text": text, **event}}, fetch)


@pytest.mark.parametrize(
    "event",
    [
        {"subtype": "channel_join"},
        {"subtype": "bot_message"},
        {"bot_id": "B1"},
        {"user": ""},
        {"type": "reaction_added"},
    ],
)
def test_what_no_person_wrote_is_not_read(event: dict[str, str]) -> None:
    assert speak(**event) is None


def test_one_message_under_many_event_ids_is_one() -> None:
    first = speak("<@UBOT> noon", type="app_mention", client_msg_id="a")
    second = speak("<@UBOT> noon", event_ts="2.0")
    assert first is not None
    assert second is not None
    assert first.saids == second.saids
    assert first.id == first.saids[0].message.event_id == "slack:T1/C1/1700000000.000100"


def test_who_else_reads_in_a_shared_channel_is_known() -> None:
    known = {"type": "message", "channel": "C1", "user": "U1", "ts": "1.0", "text": "words"}
    for shared in (True, False):
        body = {"team_id": "T1", "is_ext_shared_channel": shared, "event": known}
        spoken = read_event(body, fetch)
        assert spoken is not None
        assert spoken.saids[0].message.chat.shared == shared


def change(before: str, after: str, **about: object) -> Spoken | None:
    message = {"type": "message", "user": "U1", "ts": "5.0", "text": after, "edited": {}, **about}
    return speak(
        subtype="message_changed",
        ts="9.0",
        event_ts="9.0",
        message=message,
        previous_message={**message, "text": before},
    )


def test_an_edit_is_an_event_of_its_own_that_names_what_it_changes() -> None:
    spoken = change("order 1", "order 2", thread_ts="4.0", files=[{"name": "a.pdf"}])
    assert spoken is not None
    assert spoken.edited
    (said,) = spoken.saids
    message = said.message
    assert (message.event_id, message.replaces) == ("slack:T1/C1/5.0@9.0", "slack:T1/C1/5.0")
    assert (message.text, message.reply_to, message.attachment) == ("order 2", "4.0", None)
    assert message.time.timestamp() == 9.0


def test_what_is_edited_without_other_words_or_by_a_bot_is_not_read() -> None:
    assert change("same", "same") is None
    assert change("one", "two", bot_id="B1") is None


def test_every_file_is_a_message_of_its_own() -> None:
    files = [{"name": f"{name}.md", "size": 3, "url_private": name} for name in "ab"]
    spoken = speak("these", channel="D1", subtype="file_share", files=files)
    assert spoken is not None
    messages = [said.message for said in spoken.saids]
    assert [one.attachment.name for one in messages if one.attachment] == ["a.md", "b.md"]
    assert len({one.event_id for one in messages}) == 2


def test_a_channel_is_a_conversation_for_each_thread_and_a_direct_chat_one() -> None:
    keys = [
        spoken.saids[0].message.chat.key
        for spoken in (
            speak(),
            speak(thread_ts="1.0"),
            speak(channel="D1"),
            speak(channel="D1", thread_ts="1.0"),
        )
        if spoken
    ]
    assert keys == [
        "slack:T1/C1/1700000000.000100",
        "slack:T1/C1/1.0",
        "slack:T1/D1/",
        "slack:T1/D1/",
    ]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("<@UBOT> noon?", "noon?"),
        ("Hey <@UBOT>: 1 &lt; 2 &amp; 3", "Hey : 1 < 2 & 3"),
        (
            "see <https://x.example/a|this> or <https://y.example>",
            "see https://x.example/a or https://y.example",
        ),
        ("in <#C1|general> or <#C2>", "in #general or #C2"),
        ("<!subteam^S1|@team> <!here>", "@team here"),
        ("<@U2|bob> &amp;lt;", "@bob &lt;"),
    ],
)
def test_markup_of_slack_is_undone(typed: str, read: str) -> None:
    assert unescape(typed) == read


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", ("/help", False)),
        ("help", ("/help", False)),
        ("帮助", ("/help", False)),
        ("WHY", ("/why", False)),
        ("human", ("/human", False)),
        ("转人工", ("/human", False)),
        ("human resources?", ("human resources?", False)),
        ("close", ("/close", False)),
        ("gaps", ("/gaps", False)),
        ("gaps 12 It is *free*.", ("/gaps 12 It is *free*.", False)),
        ("gaps drop 12", ("/gaps drop 12", False)),
        ("gaps in the fence?", ("gaps in the fence?", False)),
        ("why is it late?", ("why is it late?", False)),
        ("search  iceland fees", ("/search iceland fees", False)),
        ("搜索 运费", ("/search 运费", False)),
        ("language zh", ("/language zh", False)),
        ("language of the forms?", ("language of the forms?", False)),
        ("public when?", ("when?", True)),
        ("公开 什么时候？", ("什么时候？", True)),
        ("public", ("/help", False)),
        ("new", ("/new", False)),
        ("new rules?", ("new rules?", False)),
        ("/why", ("/why", False)),
    ],
)
def test_what_stands_behind_ask(typed: str, told: tuple[str, bool]) -> None:
    assert read_words("/ask", typed) == told


def test_reindex_stands_alone() -> None:
    assert read_words("/reindex", " ") == ("/reindex", False)


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_our_words_name_commands_as_they_are_typed_in_slack(words: Words) -> None:
    text = spell("\n".join(f"/{name}: {line}" for name, line in words.commands.items()))
    assert re.findall(r"(?<![\w/])/(?!ask\b|reindex\b)\w+", text) == []
    assert "/ask search" in text
    assert spell("/reindex /why /etc/why a/why") == "/reindex /ask why /etc/why a/why"


def judge(threads: Threads, user: str, text: str, ts: str, thread: str = "1.0") -> bool:
    spoken = speak(text, user=user, ts=ts, **({"thread_ts": thread} if thread else {}))
    assert spoken is not None
    return threads.is_addressed(spoken)


def test_the_rule_for_threads() -> None:
    threads = Threads(BOT)
    assert not judge(threads, "U1", "a", "1.1")  # not called yet
    assert judge(threads, "U1", f"<@{BOT}> b", "1.2")
    assert judge(threads, "U1", "c", "1.3")  # goes on
    assert not judge(threads, "U1", "d <@U2>", "1.4")  # is for another
    assert not judge(threads, "U1", "e", "1.5")  # and so is what follows
    assert judge(threads, "U2", f"<@{BOT}> f", "1.6")
    assert not judge(threads, "U1", "g", "1.7")  # U1 answers U2
    assert not judge(threads, "U2", "h", "1.8")
    assert not judge(threads, "U2", "i", "2.1", thread="")  # beside the thread
    assert not judge(threads, "U2", "j", "2.2", thread="2.0")  # in another one


def test_a_message_that_comes_again_is_judged_as_before() -> None:
    threads = Threads(BOT)
    judge(threads, "U1", f"<@{BOT}> a", "1.2")
    judge(threads, "U2", "b", "1.3")
    assert not judge(threads, "U1", "c", "1.4")
    assert judge(threads, "U1", f"<@{BOT}> d", "1.5")
    assert not judge(threads, "U1", "c", "1.4")
    assert judge(threads, "U1", f"<@{BOT}> a", "1.2")


def test_a_button_keeps_its_conversation() -> None:
    button = Button("x", "/add 12", in_place=True)
    assert unpack(pack(button, "@U1", "a\nb")) == Pressed("/add 12", True, "@U1", "a\nb")
    assert unpack(pack(button, "")) == Pressed("/add 12", True, "")


@given(st.text(alphabet="ab \n`~。é👩\u200d👧#*", max_size=300), st.integers(50, 120))
def test_parts_hold_all_and_fit(text: str, limit: int) -> None:
    parts = cut(text, limit)
    assert all(0 < len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    marked = cut_markdown(text, limit)
    assert all(len(part) <= limit for part in marked)
    assert all(find_open_fence(part) == "" for part in marked[:-1])


def test_a_code_block_goes_on_in_the_next_part() -> None:
    code = "\n".join(f"line {number}" for number in range(40))
    parts = cut_markdown(f"Look:\n\n```python\n{code}\n```\nDone.", 150)
    assert all(part.startswith("```python\n") for part in parts[1:-1])
    assert all(part.endswith("\n```") for part in parts[:-1])


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.NOTICE])
def test_all_that_is_rendered_is_taken_by_slack(outcome: Outcome) -> None:
    excerpts = tuple(Excerpt(f"[{n}]", f"a{n}.md › b", ("q" * 240,)) for n in range(80))
    buttons = (
        *(Button("👍", f"/rate {way} x") for way in ("up", "down")),
        *(Button("l" * 90, f"/why {n}") for n in range(30)),
    )
    for length in (0, 10, 2_950, 15_000, 150_000):
        text = "字 word.\n" * (length // 8)
        answer = Answer(text, outcome, note="n" * 4_000, excerpts=excerpts, buttons=buttons)
        posts = render(answer, "1.0")
        assert posts
        for post in posts:
            check_contents({"text": post.text, "blocks": list(post.blocks)}, longest=4_000)
            assert sum(len(block.get("text", "")) for block in post.blocks) <= MARKDOWN
            for plain in post.as_text():
                assert 0 < len(plain.text) <= 4_000
        shown = "".join("".join(one.whole for one in posts).split())
        assert "".join(text.split()) in shown
    assert render(Answer("", Outcome.NOTICE)) == []


def test_text_that_stands_for_blocks_has_no_markup() -> None:
    (post,) = render(Answer("<!channel> & <@U1> <https://x|y>", Outcome.ANSWERED))
    assert "<" not in post.text
    assert disarm("<!channel> <@U1> <#C1> <https://x|y> <https://x> 1 < 2") == (
        "‹!channel> ‹@U1> ‹#C1> ‹https://x|y> <https://x> 1 < 2"
    )
    assert len(render(Answer("x" * 9_000, Outcome.ANSWERED))[0].text) == TEXT


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://files.slack.com/a", True),
        ("https://slack.com/a", True),
        ("http://127.0.0.1:9/files", True),
        ("https://evilslack.com/a", False),
        ("http://files.slack.com/a", False),
        ("https://slack.com.evil.example/a", False),
        ("http://127.0.0.1:10/files", False),
        ("", False),
    ],
)
def test_only_slack_gets_the_token(url: str, own: bool) -> None:
    assert _is_slack(url, "http://127.0.0.1:9/api/") is own


def test_nothing_but_one_helper_writes_to_slack() -> None:
    """So that links are never unfolded: the helper switches it off for whatever is posted."""
    writers = []
    for path in (ROOT / "adapters/slack").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else ""
            if re.fullmatch(r"api_call|chat_\w+|say\w*|respond|send_dict|views_\w+", name):
                writers.append((path.name, name))
    assert sorted(set(writers)) == [
        ("checking.py", "api_call"),  # auth.test and apps.connections.open
        ("replying.py", "respond"),  # the helper's own
        ("replying.py", "say"),  # of the stream
        ("sending.py", "api_call"),
    ]
    source = (ROOT / "adapters/slack/sending.py").read_text(encoding="utf-8")
    assert source.count("api_call(") == 2
    assert source.count("_session.post(") == 1
    assert source.count("**QUIET") == 2


@pytest.mark.parametrize("address", ["", "https://bot.example"])
def test_slack_takes_the_manifest(address: str) -> None:
    app = read_manifest(make_manifest(address))
    assert app.commands == {"/ask", "/reindex"}
    printed = run("slack", "manifest", *(["--http", f"{address}/"] if address else []))
    assert (printed.exit_code, json.loads(printed.stdout)) == (0, make_manifest(address))
    urls = set(re.findall(r'"(?:request_)?url": "(.*?)"', printed.stdout))
    assert urls == ({f"{address}/slack/events"} if address else set())


def test_an_address_that_slack_does_not_call_is_told() -> None:
    assert_refused(run("slack", "manifest", "--http", "http://bot.example"), "https://")
