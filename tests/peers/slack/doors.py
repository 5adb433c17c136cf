"""What is reached beside the Web API: response URLs and files."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.peers.slack.faults import Violation
from tests.peers.slack.responses import METHOD, ResponseUrls
from tests.peers.slack.web_api import WebApi

JSON = dict[str, Any]
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>"
GONE = ("expired_url", "no_service", "used_url")


@dataclass(frozen=True, slots=True)
class Doors:
    api: WebApi
    urls: ResponseUrls

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """A response URL: "ok" in plain text, or a status and the code."""
        token = request.match_info["token"]
        try:
            body = dict(json.loads(await request.text()))
        except (TypeError, ValueError):
            self._note(METHOD, "invalid_payload", "no JSON object")
            return web.Response(status=400, text="invalid_payload")
        await self.urls.wait_for_turn(token)

        def work() -> JSON:
            self.urls.use(token, body)
            return {}

        return _speak_plainly(await self.api.run(request, METHOD, work, body))

    async def send_file(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        file = self.api.workspace.files.get(request.match_info["id"].partition("-")[0])
        if file is None:
            return web.Response(status=404)
        if token != self.api.bot_token:
            # Slack does not say no: it shows the page to sign in.
            self._note("files", "invalid_auth", file.name)
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        response = await self.api.run(request, "files", dict, {"file": file.id})
        if response.status != 200:
            return response
        return web.Response(body=file.content, content_type=file.mimetype)

    def _note(self, method: str, code: str, detail: str) -> None:
        self.api.workspace.violations.append(Violation(method, code, detail))


def _speak_plainly(response: web.StreamResponse) -> web.StreamResponse:
    if not isinstance(response, web.Response) or response.status != 200 or not response.text:
        return response
    body = json.loads(response.text)
    if body["ok"]:
        return web.Response(text="ok")
    if body["error"] in GONE:
        return web.json_response({"ok": False, "error": body["error"]}, status=404)
    return web.Response(status=400, text=body["error"])
