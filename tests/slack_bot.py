"""A small bot on the real Bolt, in both modes, that repeats what it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_bolt.context.say_stream.async_say_stream import AsyncSayStream
from slack_bolt.context.set_status.async_set_status import AsyncSetStatus
from slack_bolt.context.set_suggested_prompts.async_set_suggested_prompts import (
    AsyncSetSuggestedPrompts,
)
from slack_sdk.web.async_client import AsyncWebClient

from tests.peers.slack import SlackPeer

JSON = dict[str, Any]
FEEDBACK: JSON = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "good"},
            "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "bad"},
        }
    ],
}
SHARE: JSON = {
    "type": "actions",
    "elements": [
        {
            "type": "button",
            "action_id": "share",
            "text": {"type": "plain_text", "text": "Share in channel"},
            "value": "the answer",
        }
    ],
}
MODAL: JSON = {
    "type": "modal",
    "callback_id": "ask",
    "title": {"type": "plain_text", "text": "Ask"},
    "submit": {"type": "plain_text", "text": "Ask"},
    "blocks": [
        {
            "type": "input",
            "block_id": "question",
            "label": {"type": "plain_text", "text": "Question"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}
QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}


def make_client(peer: SlackPeer) -> AsyncWebClient:
    return AsyncWebClient(token=peer.bot_token, base_url=f"{peer.url}/api/", retry_handlers=[])


def make_app(peer: SlackPeer) -> AsyncApp:
    app = AsyncApp(client=make_client(peer), signing_secret=peer.signing_secret)
    _answer_messages(app)
    _answer_commands(app)
    _show_surfaces(app)
    _open_modals(app)
    return app


def _answer_messages(app: AsyncApp) -> None:
    async def answer(event: JSON, set_status: AsyncSetStatus, say_stream: AsyncSayStream) -> None:
        await set_status(status="is searching…", loading_messages=["Reading"])
        stream = await say_stream(buffer_size=8)
        await stream.append(markdown_text="You said: ")
        await stream.append(markdown_text=event["text"].partition("> ")[2] or event["text"])
        await stream.stop(blocks=[FEEDBACK])

    app.event("app_mention")(answer)

    @app.event({"type": "message", "subtype": None})
    async def on_message(
        event: JSON, set_status: AsyncSetStatus, say_stream: AsyncSayStream
    ) -> None:
        if event["channel_type"] == "im":
            await answer(event, set_status, say_stream)

    @app.event("message")
    async def on_other_message() -> None:
        """Acknowledged, no more."""

    @app.action("feedback")
    async def on_feedback(ack: AsyncAck, action: JSON, body: JSON, client: AsyncWebClient) -> None:
        await ack()
        channel, user = body["channel"]["id"], body["user"]["id"]
        text = f"Noted: {action['value']}"
        await client.chat_postEphemeral(channel=channel, user=user, text=text)


def _answer_commands(app: AsyncApp) -> None:
    @app.command("/ask")
    async def on_ask(ack: AsyncAck, command: JSON, respond: AsyncRespond) -> None:
        await ack(response_type="ephemeral", text="Searching…")
        blocks = [{"type": "markdown", "text": f"**{command['text']}**"}, SHARE]
        text = command["text"]
        await respond(text, blocks, response_type="ephemeral", replace_original=True)

    @app.action("share")
    async def on_share(ack: AsyncAck, action: JSON, respond: AsyncRespond) -> None:
        await ack()
        await respond(action["value"], response_type="in_channel", replace_original=False, **QUIET)


def _show_surfaces(app: AsyncApp) -> None:
    @app.event("app_home_opened", matchers=[_is_home])
    async def on_home(event: JSON, client: AsyncWebClient) -> None:
        section = {"type": "section", "text": {"type": "mrkdwn", "text": "*3* documents"}}
        view = {"type": "home", "blocks": [section]}
        await client.views_publish(user_id=event["user"], view=view)

    @app.event("app_home_opened")
    async def on_messages_tab(set_suggested_prompts: AsyncSetSuggestedPrompts) -> None:
        await set_suggested_prompts(prompts=["What is there?"], title="Try")

    @app.event("file_shared")
    async def on_file(event: JSON, client: AsyncWebClient) -> None:
        file = (await client.files_info(file=event["file_id"]))["file"]
        headers = {"Authorization": f"Bearer {client.token}"}
        async with (
            ClientSession() as session,
            session.get(file["url_private_download"], headers=headers) as response,
        ):
            text = f"{file['name']}: {await response.text()}"
        await client.chat_postMessage(channel=event["channel_id"], text=text, **QUIET)


async def _is_home(event: JSON) -> bool:
    return bool(event["tab"] == "home")


def _open_modals(app: AsyncApp) -> None:
    @app.shortcut("ask_about")
    async def on_shortcut(ack: AsyncAck, shortcut: JSON, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=MODAL)

    @app.view("ask")
    async def on_view(ack: AsyncAck, view: JSON, body: JSON, client: AsyncWebClient) -> None:
        await ack()
        text = view["state"]["values"]["question"]["text"]["value"]
        await client.chat_postMessage(channel=body["user"]["id"], text=text, **QUIET)


@asynccontextmanager
async def run_sockets(peer: SlackPeer, app: AsyncApp) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app, peer.app_token, web_client=app.client)
    await handler.connect_async()
    try:
        await peer.connected()
        yield
    finally:
        await handler.close_async()


@asynccontextmanager
async def run_http(peer: SlackPeer, app: AsyncApp) -> AsyncIterator[None]:
    runner = web.AppRunner(app.web_app("/slack/events"), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    peer.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()
