"""What the Slack peer refuses, each with Slack's own error code, and what it notes of the rest."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.peers.slack import (
    Channel,
    Cut,
    ErrorCode,
    LostReply,
    Person,
    RateLimited,
    Rates,
    ServerError,
    SlackPeer,
    Slow,
    Violation,
)
from tests.peers.slack.schemas import find_manifest_faults
from tests.peers.slack.workspace import BOT_USER, TEAM
from tests.slack_bot import FEEDBACK, MODAL, QUIET, make_client

JSON = dict[str, Any]


@pytest.fixture
async def peer() -> AsyncIterator[SlackPeer]:
    async with SlackPeer() as peer:
        yield peer


@pytest.fixture
def client(peer: SlackPeer) -> AsyncWebClient:
    return make_client(peer)


@pytest.fixture
def ada(peer: SlackPeer) -> Person:
    return peer.add_user("Ada")


@pytest.fixture
def general(peer: SlackPeer, ada: Person) -> Channel:
    return peer.add_channel("general", ada)


def section(text: str, **more: object) -> JSON:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(**more: object) -> JSON:
    text = {"type": "plain_text", "text": more.pop("label", "Go")}
    return {"type": "button", "action_id": "go", "text": text, **more}


def actions(*elements: JSON) -> JSON:
    return {"type": "actions", "elements": list(elements)}


def markdown(length: int) -> JSON:
    return {"type": "markdown", "text": "x" * length}


def table(rows: int, columns: int) -> JSON:
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "table", "rows": [[cell] * columns] * rows}


def feedback(value: str) -> JSON:
    sides = {
        side: {"text": {"type": "plain_text", "text": "Good"}, "value": value}
        for side in ("positive_button", "negative_button")
    }
    element = {"type": "feedback_buttons", "action_id": "feedback", **sides}
    return {"type": "context_actions", "elements": [element]}


async def refusal(client: AsyncWebClient, method: str, **arguments: object) -> str:
    """The error code of a request that is refused."""
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=arguments)
    return str(caught.value.response["error"])


TOO_MUCH: dict[str, tuple[JSON, str]] = {
    "nothing to say": ({"text": ""}, "no_text"),
    "long text": ({"text": "x" * 40_001}, "msg_too_long"),
    "long markdown": ({"markdown_text": "x" * 12_001}, "msg_too_long"),
    "markdown and text": ({"markdown_text": "x", "text": "x"}, "markdown_text_conflict"),
    "an unknown parameter": ({"text": "x", "colour": "red"}, "invalid_arguments"),
    "blocks as a word": ({"text": "x", "blocks": "section"}, "invalid_blocks_format"),
    "an unknown block": ({"blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
    "an unknown key in a block": ({"blocks": [section("x", colour="red")]}, "invalid_blocks"),
    "51 blocks": ({"blocks": [section("x")] * 51}, "invalid_blocks"),
    "a long section": ({"blocks": [section("x" * 3_001)]}, "invalid_blocks"),
    "an empty section": ({"blocks": [section("")]}, "invalid_blocks"),
    "a long header": (
        {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]},
        "invalid_blocks",
    ),
    "11 elements of context": (
        {"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}]},
        "invalid_blocks",
    ),
    "26 buttons": (
        {"blocks": [actions(*(button(action_id=f"go{n}") for n in range(26)))]},
        "invalid_blocks",
    ),
    "two buttons of one id": ({"blocks": [actions(button(), button())]}, "invalid_blocks"),
    "a long label": ({"blocks": [actions(button(label="x" * 76))]}, "invalid_blocks"),
    "a long value": ({"blocks": [actions(button(value="x" * 2_001))]}, "invalid_blocks"),
    "a long action id": ({"blocks": [actions(button(action_id="x" * 256))]}, "invalid_blocks"),
    "a long address": ({"blocks": [actions(button(url="x" * 3_001))]}, "invalid_blocks"),
    "a long value of feedback": ({"blocks": [feedback("x" * 2_001)]}, "invalid_blocks"),
    "a button in a section, long": (
        {"blocks": [section("x", accessory=button(label="x" * 76))]},
        "invalid_blocks",
    ),
    "a block id twice": (
        {"blocks": [section("x", block_id="one"), section("x", block_id="one")]},
        "invalid_blocks",
    ),
    "a long block id": ({"blocks": [section("x", block_id="x" * 256)]}, "invalid_blocks"),
    "a long markdown block": ({"blocks": [markdown(12_001)]}, "invalid_blocks"),
    "much in markdown blocks": (
        {"blocks": [markdown(6_601), markdown(6_600)]},
        "msg_blocks_too_long",
    ),
    "101 rows": ({"blocks": [table(101, 2)]}, "invalid_blocks"),
    "21 columns": ({"blocks": [table(2, 21)]}, "invalid_blocks"),
    "two tables": ({"blocks": [table(2, 2), table(2, 2)]}, "invalid_attachments"),
}


@pytest.mark.parametrize(("arguments", "code"), TOO_MUCH.values(), ids=TOO_MUCH)
async def test_too_much_is_refused(
    peer: SlackPeer, client: AsyncWebClient, general: Channel, arguments: JSON, code: str
) -> None:
    contents = arguments if "markdown_text" in arguments else {"text": "x"} | arguments
    given = await refusal(client, "chat.postMessage", channel=general.id, **QUIET, **contents)
    assert given == code
    assert [violation.code for violation in peer.violations] == [code]
    assert general.messages == []


async def test_the_most_is_taken(peer: SlackPeer, client: AsyncWebClient, general: Channel) -> None:
    buttons = [
        button(action_id=f"{number}".zfill(255), label="x" * 75, value="x" * 2_000)
        for number in range(25)
    ]
    blocks = [markdown(6_600), markdown(6_600), actions(*buttons), table(100, 20), FEEDBACK]
    blocks += [section("x" * 3_000, block_id=f"{number}".zfill(255)) for number in range(45)]
    text = "x" * 40_000
    await client.chat_postMessage(channel=general.id, text=text, blocks=blocks, **QUIET)
    await client.chat_postMessage(channel=general.id, markdown_text="x" * 12_000, **QUIET)
    assert peer.violations == []
    assert len(general.by_bot) == 2


async def test_what_slack_lets_pass_is_noted(
    peer: SlackPeer, client: AsyncWebClient, general: Channel
) -> None:
    await client.chat_postMessage(channel=general.id, text="x", unfurl_links=False)
    with pytest.warns(UserWarning, match="text"):
        await client.chat_postMessage(channel=general.id, blocks=[section("x")], **QUIET)
    assert [violation.code for violation in peer.violations] == ["unfurl", "no_fallback"]
    assert len(general.by_bot) == 2


async def test_pings_and_links_are_noted(
    peer: SlackPeer, client: AsyncWebClient, general: Channel, ada: Person
) -> None:
    calls = f"<!channel> <!here|here> <@{ada.id}> <!subteam^S1> &lt;!everyone&gt;"
    await client.chat_postMessage(channel=general.id, text=calls, **QUIET)
    linked = [
        section("<https://one.example|one> and `https://none.example`"),
        {"type": "markdown", "text": "[two](https://two.example/x) `<!here>` <!everyone>"},
        actions(button(url="https://three.example")),
        {"type": "header", "text": {"type": "plain_text", "text": "<!channel>"}},
    ]
    await client.chat_postMessage(channel=general.id, text="x", blocks=linked, **QUIET)
    assert [ping.text for ping in peer.pings] == [
        "<!channel>",
        "<!here|here>",
        f"<@{ada.id}>",
        "<!subteam^S1>",
        "<!everyone>",
    ]
    assert {link.url for link in peer.links} == {
        "https://one.example",
        "https://two.example/x",
        "https://three.example",
    }


async def test_a_ping_in_pieces_of_a_stream_is_noted(
    peer: SlackPeer, client: AsyncWebClient, ada: Person
) -> None:
    question = await ada.say("Hello")
    stream = await client.chat_stream(channel=ada.dm.id, thread_ts=question.ts, buffer_size=1)
    await stream.append(markdown_text="Hi <!chan")
    assert peer.pings == []
    await stream.append(markdown_text="nel>")
    await stream.stop()
    assert [ping.text for ping in peer.pings] == ["<!channel>"]


# States of the workspace that any app must expect: refused, but no violation.


async def test_channels_that_cannot_be_written_to(
    peer: SlackPeer, client: AsyncWebClient, ada: Person
) -> None:
    codes = {
        "not_in_channel": peer.add_channel("public", ada, with_bot=False),
        "channel_not_found": peer.add_channel("private", ada, private=True, with_bot=False),
        "is_archived": peer.add_channel("old", ada, archived=True),
    }
    for code, channel in codes.items():
        given = await refusal(client, "chat.postMessage", channel=channel.id, text="x", **QUIET)
        assert given == code
    assert await refusal(client, "conversations.info", channel="C404") == "channel_not_found"
    assert peer.violations == []


async def test_messages_that_are_not_there(
    peer: SlackPeer, client: AsyncWebClient, general: Channel
) -> None:
    here = {"channel": general.id, "ts": "1.1"}
    assert await refusal(client, "chat.update", **here, text="x") == "message_not_found"
    assert await refusal(client, "chat.delete", **here) == "message_not_found"
    assert await refusal(client, "conversations.replies", **here) == "thread_not_found"
    thread = {"channel": general.id, "thread_ts": "1.1"}
    assert await refusal(client, "chat.postMessage", **thread, text="x", **QUIET) == (
        "thread_not_found"
    )
    assert peer.violations == []


async def test_only_own_messages_are_changed(
    peer: SlackPeer, client: AsyncWebClient, general: Channel, ada: Person
) -> None:
    message = await ada.say("Mine", general)
    here = {"channel": general.id, "ts": message.ts}
    assert await refusal(client, "chat.update", **here, text="x") == "cant_update_message"
    assert await refusal(client, "chat.delete", **here) == "cant_delete_message"
    assert await refusal(client, "chat.appendStream", **here, markdown_text="x") == (
        "message_not_owned_by_app"
    )
    assert len(peer.violations) == 3


async def test_an_edit_keeps_what_was_said_before(
    peer: SlackPeer, client: AsyncWebClient, general: Channel
) -> None:
    sent = await client.chat_postMessage(
        channel=general.id, text="one", blocks=[section("one")], **QUIET
    )
    here = {"channel": general.id, "ts": sent["ts"]}
    await client.chat_update(**here, text="two")
    message = general.by_bot[0]
    assert (message.text, message.blocks) == ("two", [])
    assert message.versions[0].blocks == [section("one")]
    assert await refusal(client, "chat.update", **here, text="x" * 4_001) == "msg_too_long"
    await client.chat_delete(**here)
    assert general.by_bot == []


# Streams.


async def start_stream(client: AsyncWebClient, channel: Channel, ada: Person) -> JSON:
    question = await ada.say("Hello", channel)
    started = await client.chat_startStream(
        channel=channel.id,
        thread_ts=question.ts,
        recipient_user_id=ada.id,
        recipient_team_id=TEAM,
        markdown_text="Hel",
    )
    return {"channel": channel.id, "ts": started["ts"]}


async def test_a_stream_needs_a_thread_and_outside_of_direct_messages_a_recipient(
    peer: SlackPeer, client: AsyncWebClient, general: Channel, ada: Person
) -> None:
    question = await ada.say("Hello", general)
    here: JSON = {"channel": general.id, "markdown_text": "x"}
    start = "chat.startStream"
    assert await refusal(client, start, **here) == "invalid_arguments"
    here["thread_ts"] = question.ts
    assert await refusal(client, start, **here) == "missing_recipient_team_id"
    here["recipient_team_id"] = TEAM
    assert await refusal(client, start, **here) == "missing_recipient_user_id"
    assert await refusal(client, start, **here, recipient_user_id="U404") == "user_not_found"
    assert len(peer.violations) == 4
    in_dm = await ada.say("Hello")
    await client.chat_startStream(channel=ada.dm.id, thread_ts=in_dm.ts)


async def test_a_stream_takes_no_more_after_its_end(
    peer: SlackPeer, client: AsyncWebClient, general: Channel, ada: Person
) -> None:
    here = await start_stream(client, general, ada)
    await client.chat_appendStream(**here, markdown_text="lo")
    assert await refusal(client, "chat.update", **here, text="x") == "streaming_state_conflict"
    await client.chat_stopStream(**here, blocks=[FEEDBACK])
    message = general.by_bot[0]
    assert (message.stream and message.stream.words) == "Hello"
    for method in ("chat.appendStream", "chat.stopStream"):
        code = await refusal(client, method, **here, markdown_text="x")
        assert code == "message_not_in_streaming_state"
    await client.chat_update(**here, text="Hello, whole")
    assert message.content == "Hello, whole"
    assert message.versions[0].text == "Hello"


async def test_a_stream_dies_of_age(
    peer: SlackPeer, client: AsyncWebClient, general: Channel, ada: Person
) -> None:
    here = await start_stream(client, general, ada)
    peer.clock.advance(290)
    await client.chat_appendStream(**here, markdown_text="lo")
    peer.clock.advance(11)
    code = await refusal(client, "chat.appendStream", **here, markdown_text="x")
    assert code == "message_not_in_streaming_state"
    assert [violation.code for violation in peer.violations] == [code]


async def test_a_user_stops_a_stream(
    peer: SlackPeer, client: AsyncWebClient, general: Channel, ada: Person
) -> None:
    here = await start_stream(client, general, ada)
    await ada.stop(general.by_bot[0])
    assert await refusal(client, "chat.appendStream", **here, markdown_text="x") == (
        "stopped_by_user"
    )
    assert peer.deliveries[-1].payload["event"]["type"] == "agent_session_stopped"
    assert peer.violations == []


STREAM_LIMITS: dict[str, tuple[JSON, str]] = {
    "another mode": (
        {"chunks": [{"type": "markdown_text", "text": "x"}]},
        "streaming_mode_mismatch",
    ),
    "both modes": (
        {"markdown_text": "x", "chunks": [{"type": "markdown_text", "text": "x"}]},
        "cannot_provide_both_markdown_text_and_chunks",
    ),
    "nothing": ({}, "no_text"),
    "long text": ({"markdown_text": "x" * 12_001}, "msg_too_long"),
    "an unknown chunk": ({"chunks": [{"type": "nonsense"}]}, "invalid_arguments"),
}


@pytest.mark.parametrize(("arguments", "code"), STREAM_LIMITS.values(), ids=STREAM_LIMITS)
async def test_what_a_stream_does_not_take(
    client: AsyncWebClient, general: Channel, ada: Person, arguments: JSON, code: str
) -> None:
    here = await start_stream(client, general, ada)
    assert await refusal(client, "chat.appendStream", **here, **arguments) == code


async def test_a_stream_becomes_too_long_as_a_whole(
    client: AsyncWebClient, general: Channel, ada: Person
) -> None:
    here = await start_stream(client, general, ada)
    await client.chat_appendStream(**here, markdown_text="x" * 12_000)
    code = await refusal(client, "chat.appendStream", **here, markdown_text="x" * 1_200)
    assert code == "msg_blocks_too_long"
    code = await refusal(client, "chat.stopStream", **here, blocks=[section("x")] * 51)
    assert code == "msg_blocks_too_many"


# Who may call, and how often.


async def test_tokens_and_methods(peer: SlackPeer, client: AsyncWebClient) -> None:
    for token, code in (("", "not_authed"), ("xoxb-wrong", "invalid_auth")):
        stranger = AsyncWebClient(token=token, base_url=f"{peer.url}/api/", retry_handlers=[])
        assert await refusal(stranger, "auth.test") == code
    assert await refusal(client, "apps.connections.open") == "not_allowed_token_type"
    assert await refusal(client, "chat.shout") == "unknown_method"
    async with (
        aiohttp.ClientSession(headers={"Content-Type": "application/json"}) as session,
        session.post(f"{peer.url}/api/auth.test", data=b"{") as response,
    ):
        assert (await response.json())["error"] == "invalid_json"
    assert (await client.auth_test())["team_id"] == TEAM
    peer.uninstall()
    kinds = [delivery.payload["event"]["type"] for delivery in peer.deliveries]
    assert kinds == ["tokens_revoked", "app_uninstalled"]
    assert await refusal(client, "auth.test") == "account_inactive"


async def test_scopes_are_asked_for(client: AsyncWebClient, general: Channel) -> None:
    async with SlackPeer(scopes=frozenset({"chat:write"})) as peer:
        ada = peer.add_user("Ada")
        limited = make_client(peer)
        assert await refusal(limited, "users.info", user=ada.id) == "missing_scope"
        await limited.chat_postMessage(channel=ada.id, text="x", **QUIET)
        assert [violation.code for violation in peer.violations] == ["missing_scope"]


async def test_posts_in_one_channel_are_counted(
    peer: SlackPeer, client: AsyncWebClient, general: Channel
) -> None:
    other = peer.add_channel("other")
    for _ in range(5):
        await client.chat_postMessage(channel=general.id, text="x", **QUIET)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=general.id, text="x", **QUIET)
    response = caught.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel=other.id, text="x", **QUIET)
    peer.clock.advance(1)
    await client.chat_postMessage(channel=general.id, text="x", **QUIET)
    assert [flood.method for flood in peer.floods] == ["chat.postMessage"]
    assert peer.violations == []


@pytest.mark.parametrize(
    ("method", "minute"), [("chat.stopStream", 20), ("chat.update", 50), ("chat.appendStream", 100)]
)
async def test_tiers_are_counted(method: str, minute: int) -> None:
    async with SlackPeer(rates=Rates(factor=0.1)) as peer:
        client = make_client(peer)
        codes = [
            await refusal(client, method, channel="C404", ts="1", text="x", markdown_text="x")
            for _ in range(minute // 10 + 1)
        ]
        assert codes[-1] == "ratelimited"
        assert "ratelimited" not in codes[:-1]


async def test_faults_by_method(peer: SlackPeer, client: AsyncWebClient, general: Channel) -> None:
    client.timeout = 1

    async def post() -> None:
        await client.chat_postMessage(channel=general.id, text="x", **QUIET)

    for fault in (RateLimited(7), ServerError(502), ErrorCode("fatal_error")):
        peer.fail("chat.postMessage", fault)
        with pytest.raises((SlackApiError, aiohttp.ClientError)):
            await post()
    assert general.by_bot == []
    peer.fail("chat.postMessage", Cut())
    with pytest.raises(aiohttp.ClientError):
        await post()
    assert general.by_bot == []
    peer.fail("chat.postMessage", Cut(after=True))
    with pytest.raises(aiohttp.ClientError):
        await post()
    assert len(general.by_bot) == 1
    peer.fail("chat.postMessage", LostReply())
    with pytest.raises(TimeoutError):
        await post()
    assert len(general.by_bot) == 2
    peer.fail("chat.postMessage", Slow(0.01), times=None)
    await post()
    peer.heal()
    await post()
    assert len(general.by_bot) == 4
    assert peer.violations == []


# Around the messages.


async def test_assistant_surfaces(peer: SlackPeer, client: AsyncWebClient, ada: Person) -> None:
    question = await ada.say("Hello")
    here: JSON = {"channel_id": ada.dm.id, "thread_ts": question.ts}
    await client.assistant_threads_setStatus(**here, status="is thinking…")
    assert ada.dm.status_in(question.ts)
    await client.assistant_threads_setTitle(**here, title="Greeting")
    assert ada.dm.titles == {question.ts: "Greeting"}
    status = "assistant.threads.setStatus"
    assert await refusal(client, status, **here, status="x", loading_messages=["x"] * 11) == (
        "invalid_arguments"
    )
    lost = here | {"thread_ts": "1.1"}
    assert await refusal(client, status, **lost, status="x") == "invalid_thread_ts"
    five = [{"title": "x", "message": "x"}] * 5
    prompts = "assistant.threads.setSuggestedPrompts"
    assert await refusal(client, prompts, channel_id=ada.dm.id, prompts=five) == (
        "invalid_arguments"
    )
    assert len(peer.violations) == 3


async def test_views(peer: SlackPeer, client: AsyncWebClient, ada: Person) -> None:
    home = {"type": "home", "blocks": [section("x")] * 100}
    await client.views_publish(user_id=ada.id, view=home)
    assert ada.home
    for blocks in ([section("x")] * 101, [markdown(3)]):
        code = await refusal(
            client, "views.publish", user_id=ada.id, view={"type": "home", "blocks": blocks}
        )
        assert code in ("invalid_arguments", "invalid_blocks")
    trigger = peer.workspace.issue_trigger(ada.id)
    opened = await client.views_open(trigger_id=trigger, view=MODAL)
    assert await refusal(client, "views.open", trigger_id=trigger, view=MODAL) == (
        "invalid_trigger_id"
    )
    await client.views_update(view_id=opened["view"]["id"], view=MODAL)
    late = peer.workspace.issue_trigger(ada.id)
    peer.clock.advance(4)
    assert await refusal(client, "views.open", trigger_id=late, view=MODAL) == (
        "expired_trigger_id"
    )


async def test_a_response_url_can_be_used_five_times_within_half_an_hour(
    peer: SlackPeer, general: Channel, ada: Person
) -> None:
    url = peer.urls.issue(ada.id, general)
    async with aiohttp.ClientSession() as session:

        async def answer(to: str, **body: object) -> tuple[int, str]:
            async with session.post(to, json=body) as response:
                return response.status, await response.text()

        for number in range(4):
            assert await answer(url, text=f"{number}", replace_original=True) == (200, "ok")
        assert len(ada.ephemerals) == 1
        assert ada.ephemerals[0].text == "3"
        assert await answer(url, text="For all", response_type="in_channel", **QUIET) == (200, "ok")
        assert general.by_bot[0].text == "For all"
        assert (await answer(url, text="x"))[1] == '{"ok": false, "error": "used_url"}'
        late = peer.urls.issue(ada.id, general)
        peer.clock.advance(1801)
        assert (await answer(late, text="x"))[0] == 404
        other = peer.urls.issue(ada.id, general)
        for body in ({"colour": "red"}, {"text": 3}, {"text": "x", "response_type": "loud"}):
            assert await answer(other, **body) == (400, "invalid_payload")
        async with session.post(other, data=b"[1]") as response:
            assert response.status == 400
    codes = [violation.code for violation in peer.violations]
    assert codes == ["used_url", "expired_url", *["invalid_payload"] * 4]


async def test_a_response_url_removes_what_it_answered(
    peer: SlackPeer, general: Channel, ada: Person
) -> None:
    url = peer.urls.issue(ada.id, general)
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"text": "one"})
        await session.post(url, json={"delete_original": True})
    assert ada.ephemerals == []
    assert peer.violations == []


async def test_forms_are_read_like_json(
    client: AsyncWebClient, general: Channel, peer: SlackPeer
) -> None:
    form = {
        "channel": general.id,
        "text": "x",
        "blocks": '[{"type": "divider"}]',
        "unfurl_links": "false",
        "unfurl_media": "0",
    }
    await client.api_call("chat.postMessage", data=form)
    assert general.by_bot[0].blocks == [{"type": "divider"}]
    assert peer.violations == []


async def test_the_directory(
    peer: SlackPeer, client: AsyncWebClient, general: Channel, ada: Person
) -> None:
    question = await ada.say("Hello", general)
    reply = await client.chat_postMessage(
        channel=general.id, text="Hi", thread_ts=question.ts, **QUIET
    )
    assert (await client.users_info(user=ada.id))["user"].get("locale") is None
    user = (await client.users_info(user=ada.id, include_locale=True))["user"]
    assert (user["locale"], user["tz"]) == ("en-US", "Europe/Amsterdam")
    assert (await client.conversations_info(channel=ada.dm.id))["channel"]["user"] == ada.id
    opened = await client.conversations_open(users=ada.id)
    assert opened["channel"]["id"] == ada.dm.id
    members = await client.conversations_members(channel=general.id)
    assert ada.id in members["members"]
    replies = await client.conversations_replies(channel=general.id, ts=question.ts, limit=1)
    assert [message["ts"] for message in replies["messages"]] == [question.ts]
    more = await client.conversations_replies(
        channel=general.id,
        ts=question.ts,
        cursor=replies["response_metadata"]["next_cursor"],
    )
    assert [message["ts"] for message in more["messages"]] == [reply["ts"]]
    history = await client.conversations_history(channel=general.id)
    assert [message["ts"] for message in history["messages"]] == [question.ts]
    link = await client.chat_getPermalink(channel=general.id, message_ts=question.ts)
    assert link["permalink"].endswith(f"p{question.ts.replace('.', '')}")
    await client.reactions_add(channel=general.id, timestamp=question.ts, name="eyes")
    assert question.reactions == ["eyes"]
    await client.reactions_remove(channel=general.id, timestamp=question.ts, name="eyes")
    assert await refusal(
        client, "reactions.add", channel=general.id, timestamp=question.ts, name=":eyes:"
    ) == ("invalid_name")


async def test_a_file_is_not_given_to_strangers(peer: SlackPeer, ada: Person) -> None:
    message = await ada.share_file("a.txt", b"secret")
    async with (
        aiohttp.ClientSession() as session,
        session.get(message.files[0].address) as response,
    ):
        assert "Sign in" in await response.text()
    assert peer.violations == [Violation("files", "invalid_auth", "a.txt")]


def make_manifest() -> JSON:
    scopes = ["app_mentions:read", "chat:write", "commands", "im:history"]
    return {
        "display_information": {"name": "Openbook"},
        "features": {
            "bot_user": {"display_name": "openbook"},
            "slash_commands": [{"command": "/ask", "description": "Ask"}],
            "shortcuts": [
                {"name": "Ask", "type": "message", "callback_id": "ask", "description": "Ask"}
            ],
        },
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {
            "event_subscriptions": {"bot_events": ["app_mention", "message.im"]},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
        },
    }


def test_manifests_are_checked_by_slacks_schema() -> None:
    for version in (1, 2):
        manifest = make_manifest() | {"_metadata": {"major_version": version}}
        assert find_manifest_faults(manifest) == []
        manifest["features"]["slash_commands"][0]["command"] = "ask"
        assert find_manifest_faults(manifest) != []


async def test_an_app_gets_what_its_manifest_says(
    peer: SlackPeer, general: Channel, ada: Person
) -> None:
    peer.install(make_manifest())
    message = await ada.mention("Hello", general)
    await ada.open_home()
    await ada.say("Hello")
    kinds = [delivery.payload["event"]["type"] for delivery in peer.deliveries]
    assert kinds == ["app_mention", "message"]
    assert await refusal(make_client(peer), "users.info", user=ada.id) == "missing_scope"
    with pytest.raises(LookupError):
        await ada.slash("/reindex")
    with pytest.raises(LookupError):
        await ada.shortcut(message, "other")


def test_a_manifest_must_hang_together() -> None:
    manifest = make_manifest()
    manifest["oauth_config"]["scopes"]["bot"] = ["chat:write", "im:history"]
    manifest["settings"]["interactivity"]["is_enabled"] = False
    manifest["settings"]["socket_mode_enabled"] = False
    with pytest.raises(ValueError) as caught:  # noqa: PT011 the words are looked at below
        SlackPeer().install(manifest)
    assert str(caught.value).split("; ") == [
        "/ask has no url",
        "app_mention needs the scope app_mentions:read",
        "event_subscriptions has no request_url",
        "shortcuts need interactivity",
        "slash commands need the scope commands",
    ]


async def test_a_mention_stays_one_wherever_it_stands(
    peer: SlackPeer, general: Channel, ada: Person
) -> None:
    message = await ada.say(f"Is <@{BOT_USER}> there? <!channel> R&D", general)
    assert message.text == f"Is <@{BOT_USER}> there? &lt;!channel&gt; R&amp;D"
    kinds = [delivery.payload["event"]["type"] for delivery in peer.deliveries]
    assert kinds == ["message", "app_mention"]


async def test_response_urls_and_files_can_fail(peer: SlackPeer, ada: Person) -> None:
    peer.fail("response_url", ServerError(503))
    peer.fail("files", ServerError(500))
    url = peer.urls.issue(ada.id, ada.dm)
    message = await ada.share_file("a.txt", b"words")
    headers = {"Authorization": f"Bearer {peer.bot_token}"}
    async with aiohttp.ClientSession() as session:
        codes = []
        for _ in range(2):
            async with session.post(url, json={"text": "x"}) as response:
                codes.append(response.status)
            async with session.get(message.files[0].address, headers=headers) as response:
                codes.append(response.status)
        assert codes == [503, 500, 200, 200]
    assert len(ada.ephemerals) == 1
