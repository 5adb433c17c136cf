"""Response URLs: how an app answers a command or a button, up to five times in half an hour."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.peers.slack import rules
from tests.peers.slack.chat import check_house_rules, make_message
from tests.peers.slack.courier import Delivery
from tests.peers.slack.events import announce
from tests.peers.slack.faults import Refusal
from tests.peers.slack.nouns import Channel, Message
from tests.peers.slack.workspace import Workspace

JSON = dict[str, Any]
SECONDS = 1800.0
USES = 5
METHOD = "response_url"
RESPONSE_TYPES = (None, "ephemeral", "in_channel")
KNOWN: dict[str, type] = {
    "attachments": list,
    "blocks": list,
    "delete_original": bool,
    "metadata": dict,
    "mrkdwn": bool,
    "replace_original": bool,
    "response_type": str,
    "text": str,
    "thread_ts": str,
    "unfurl_links": bool,
    "unfurl_media": bool,
}


@dataclass(eq=False, slots=True)
class ResponseUrl:
    """`original` is what `replace_original` replaces: the message with the button, or the first
    answer to the command. An answer that overtakes the acknowledgement waits for it."""

    user: str
    channel: Channel
    issued: float
    original: Message | None = None
    uses: int = 0
    acknowledged: bool = True  # the command or button it came with


@dataclass
class ResponseUrls:
    workspace: Workspace
    known: dict[str, ResponseUrl] = field(default_factory=dict)

    def issue(self, user: str, channel: Channel, original: Message | None = None) -> str:
        token = uuid.uuid4().hex
        now = self.workspace.clock.now()
        self.known[token] = ResponseUrl(user, channel, now, original)
        return f"{self.workspace.url}/respond/{token}"

    async def wait_for_turn(self, token: str) -> None:
        """Until the command that the URL came with is acknowledged, or for a while."""
        url = self.known.get(token)
        with suppress(TimeoutError):
            await self.workspace.news.wait_until(lambda: url is None or url.acknowledged, 1.0)

    def use(self, token: str, body: JSON) -> None:
        """Raises Refusal if it is used up, too old, or the body is not allowed."""
        url = self.known.get(token)
        if url is None:
            raise Refusal("no_service", "no such response_url")
        if self.workspace.clock.now() - url.issued > SECONDS:
            raise Refusal("expired_url", "older than half an hour")
        if url.uses >= USES:
            raise Refusal("used_url", f"used {USES} times before")
        url.uses += 1
        self.answer(url, body)

    def show_reply(self, address: str) -> Callable[[Delivery], None]:
        """What to do with the acknowledgement of the command that the URL comes with."""
        url = self.known[address.rpartition("/")[2]]
        url.acknowledged = False

        def show(delivery: Delivery) -> None:
            try:
                if isinstance(delivery.reply, dict) and delivery.reply:
                    self.answer(url, delivery.reply)
            except Refusal as refusal:
                self.workspace.breach("ack", refusal.code, refusal.detail)
            url.acknowledged = True
            self.workspace.news.tell("acknowledged", delivery)

        return show

    def answer(self, url: ResponseUrl, body: JSON) -> None:
        """What a body does, sent to the URL or with the acknowledgement of a command."""
        wrong = [key for key, value in body.items() if not isinstance(value, KNOWN.get(key, ()))]
        if wrong or body.get("response_type") not in RESPONSE_TYPES:
            raise Refusal("invalid_payload", f"not understood: {', '.join(wrong or body)}")
        original = url.original
        if body.get("delete_original") and original:
            original.deleted = True
            self.workspace.news.tell("deletion", original)
            if not any(body.get(key) for key in rules.CONTENTS):
                return
        rules.check_contents(body)
        shown_to_all = body.get("response_type") == "in_channel"
        check_house_rules(self.workspace, METHOD, body, shown_to_all=shown_to_all)
        if body.get("replace_original") and original and not original.deleted:
            self.workspace.edit(original, body.get("text") or "", body.get("blocks") or [])
        else:
            self._post(url, body, shown_to_all=shown_to_all)

    def _post(self, url: ResponseUrl, body: JSON, *, shown_to_all: bool) -> None:
        message = make_message(self.workspace, url.channel, body)
        message.to = None if shown_to_all else url.user
        self.workspace.add(message)
        if url.original is None:
            url.original = message
        if shown_to_all:
            announce(self.workspace, message)
