"""`chat.startStream`, `appendStream`, `stopStream`: a message that grows, and dies of age."""

from typing import Any

from tests.peers.slack import rules
from tests.peers.slack.chat import find_thread
from tests.peers.slack.events import announce, describe_message
from tests.peers.slack.faults import Refusal
from tests.peers.slack.nouns import Message, Stream
from tests.peers.slack.workspace import BOT_USER, TEAM, Workspace

JSON = dict[str, Any]
LIFETIME = 300.0  # seconds; not documented, measured by users


def start(workspace: Workspace, arguments: JSON) -> JSON:
    channel = workspace.find_own_channel(arguments["channel"])
    recipient = arguments.get("recipient_user_id")
    if channel.kind != "im":
        for key in ("recipient_team_id", "recipient_user_id"):
            if not arguments.get(key):
                raise Refusal(f"missing_{key}", channel.name)
    if recipient:
        workspace.find_member(recipient)
    if arguments.get("recipient_team_id") not in (None, TEAM):
        raise Refusal("team_not_found", arguments["recipient_team_id"])
    stream = Stream(recipient, workspace.clock.now())
    message = Message(channel, workspace.make_ts(), BOT_USER, by_bot=True, stream=stream)
    message.thread_ts = find_thread(workspace, channel, arguments["thread_ts"])
    _grow(workspace, message, stream, arguments)
    workspace.add(message)
    return {"channel": channel.id, "ts": message.ts}


def append(workspace: Workspace, arguments: JSON) -> JSON:
    message, stream = _find_stream(workspace, arguments)
    if not arguments.get("markdown_text") and not arguments.get("chunks"):
        raise Refusal("no_text", "neither markdown_text nor chunks")
    _grow(workspace, message, stream, arguments)
    workspace.examine(message)
    workspace.news.tell("append", message)
    return {"channel": message.channel.id, "ts": message.ts}


def stop(workspace: Workspace, arguments: JSON) -> JSON:
    message, stream = _find_stream(workspace, arguments)
    blocks = arguments.get("blocks") or []
    rules.check_message_blocks(blocks, too_many="msg_blocks_too_many")
    _grow(workspace, message, stream, arguments)
    message.blocks = blocks
    message.metadata = arguments.get("metadata")
    stream.stopped = workspace.clock.now()
    workspace.examine(message)
    workspace.news.tell("stop", message)
    announce(workspace, message)
    described = describe_message(message)
    return {"channel": message.channel.id, "ts": message.ts, "message": described}


def _find_stream(workspace: Workspace, arguments: JSON) -> tuple[Message, Stream]:
    channel = workspace.find_own_channel(arguments["channel"])
    message = workspace.find_message(channel, arguments["ts"])
    if not message.by_bot:
        raise Refusal("message_not_owned_by_app", message.ts)
    stream = message.stream
    if stream is None:
        raise Refusal("message_not_in_streaming_state", "not a streamed message")
    if stream.stopped_by_user:
        raise Refusal("stopped_by_user", message.ts, breach=False)
    if stream.stopped is not None:
        raise Refusal("message_not_in_streaming_state", "stopped before")
    age = workspace.clock.now() - stream.started
    if age > LIFETIME:
        # Who was away and only puts an end to it could not know that Slack has.
        breach = "markdown_text" in arguments or "chunks" in arguments
        raise Refusal("message_not_in_streaming_state", f"started {age:.0f} s ago", breach=breach)
    return message, stream


def _grow(workspace: Workspace, message: Message, stream: Stream, arguments: JSON) -> None:
    """Adds the words and chunks of one request, if it has any and they may be added."""
    text, chunks = arguments.get("markdown_text"), arguments.get("chunks")
    if text and chunks:
        raise Refusal("cannot_provide_both_markdown_text_and_chunks")
    added = [{"type": "markdown_text", "text": text}] if text else list(chunks or [])
    if not added:
        return
    mode = "markdown_text" if text else "chunks"
    if stream.mode not in (None, mode):
        raise Refusal("streaming_mode_mismatch", f"started with {stream.mode}")
    _check_chunks(stream, added)
    stream.mode = mode
    stream.requests.append(added)


def _check_chunks(stream: Stream, added: list[JSON]) -> None:
    everything = [chunk for chunks in [*stream.requests, added] for chunk in chunks]
    blocks = [
        block for chunk in everything if chunk["type"] == "blocks" for block in chunk["blocks"]
    ]
    rules.check_message_blocks(blocks, too_many="msg_blocks_too_many")
    texts = [chunk["text"] for chunk in everything if chunk["type"] == "markdown_text"]
    for chunk in added:
        if chunk["type"] == "markdown_text":
            rules.check_markdown(chunk["text"])
    if sum(map(len, texts)) > rules.MARKDOWN_BLOCKS:
        raise Refusal("msg_blocks_too_long", f"{sum(map(len, texts)):,} characters streamed")
