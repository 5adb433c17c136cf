"""Asks Slack about the app, for the adapter and the doctor."""

from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import PlatformError, SettingsError

PATIENCE = 15.0  # seconds
_PASSING = frozenset({"fatal_error", "internal_error", "ratelimited", "service_unavailable"})


def make_address(api_url: str) -> str:
    """Of the Web API; `SLACK_API_URL` may name the server or the API itself."""
    return f"{api_url.rstrip('/').removesuffix('/api')}/api/"


async def check(bot_token: str, app_token: str, api_url: str) -> str:
    """The bot's name, its workspace and how Slack reaches it. Raises SettingsError for tokens that
    Slack does not take, PlatformError if it cannot be asked."""
    async with ClientSession(timeout=ClientTimeout(total=PATIENCE)) as session:
        client = AsyncWebClient(
            bot_token, make_address(api_url), session=session, retry_handlers=[]
        )
        account = await sign_in(client)
        way = "over HTTP"
        if app_token:
            await open_socket(client, app_token)
            way = "in Socket Mode"
    return f"{account.get('user')} answers in {account.get('team')} {way}"


async def sign_in(client: AsyncWebClient) -> dict[str, Any]:
    """The bot's own account. Raises as `check`."""
    return await _ask(
        client,
        "auth.test",
        SettingsError(
            "Slack does not take the SLACK_BOT_TOKEN.",
            "Copy the Bot User OAuth Token again from the app's page OAuth & Permissions.",
        ),
    )


async def open_socket(client: AsyncWebClient, app_token: str) -> str:
    """The address of a connection in Socket Mode. Raises as `check`."""
    refusal = SettingsError(
        "Slack does not take the SLACK_APP_TOKEN.",
        "On the app's page Basic Information make an app-level token with connections:write, and "
        "leave Socket Mode on.",
    )
    answer = await _ask(client, "apps.connections.open", refusal, app_token)
    return str(answer["url"])


async def _ask(
    client: AsyncWebClient, method: str, refusal: SettingsError, token: str = ""
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else None
    try:
        response = await client.api_call(method, headers=headers)
    except SlackApiError as error:
        data = getattr(error.response, "data", None)
        code = data.get("error", "") if isinstance(data, dict) else ""
        if code and code not in _PASSING:
            raise SettingsError(f"{refusal.problem} It says: {code}.", refusal.remedy) from None
        raise _make_away(client) from error
    except (ClientError, TimeoutError, OSError) as error:
        raise _make_away(client) from error
    return dict(response.data) if isinstance(response.data, dict) else {}


def _make_away(client: AsyncWebClient) -> PlatformError:
    return PlatformError(
        f"{client.base_url} does not answer as Slack does.",
        "Check the network and SLACK_API_URL.",
    )
