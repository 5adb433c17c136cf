"""Builds the adapters of the platforms that the settings name."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.commands import COMMANDS
from bot.errors import SettingsError
from bot.serving import Adapter
from bot.settings import Settings
from bot.wiring import Parts


def build_adapters(parts: Parts, names: Sequence[str] = ()) -> list[Adapter]:
    """Those of the platforms that are set up, or of the named ones. Raises SettingsError."""
    unknown = [name for name in names if name not in PLATFORMS]
    if unknown:
        raise SettingsError(
            f"There is no platform {unknown[0]}.", f"There are: {', '.join(PLATFORMS)}."
        )
    built = {
        name: adapter
        for name, build in PLATFORMS.items()
        if (not names or name in names) and (adapter := build(parts)) is not None
    }
    missing = [f"{name.capitalize()} is not" for name in names if name not in built]
    if missing or not built:
        raise SettingsError(
            f"{missing[0] if missing else 'No platform is'} set up.",
            "Set TELEGRAM_BOT_TOKEN, or SLACK_BOT_TOKEN and SLACK_APP_TOKEN; the README shows "
            "how to get them.",
        )
    return [*built.values()]


def is_set_up(settings: Settings, platform: str) -> bool:
    """Whether the settings have what the bot signs in with there."""
    token = {"telegram": settings.telegram_bot_token, "slack": settings.slack_bot_token}[platform]
    return token is not None


def _build_telegram(parts: Parts) -> Adapter | None:
    settings = parts.settings
    if settings.telegram_bot_token is None:
        return None
    from adapters.telegram.adapter import Telegram  # it costs half a second to import

    staffed = settings.staff_place is not None
    return Telegram(
        parts.desk,
        [command for command in COMMANDS.values() if staffed or not command.staffed],
        token=settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        public_url=settings.public_url or "",
        admins=settings.admins,
    )


def _build_slack(parts: Parts) -> Adapter | None:
    settings = parts.settings
    bot, app = settings.slack_bot_token, settings.slack_app_token
    secret = settings.slack_signing_secret
    if bot is None:
        return None
    if app is None and secret is None:
        raise SettingsError(
            "SLACK_BOT_TOKEN alone does not reach Slack.",
            "Set SLACK_APP_TOKEN too, or SLACK_SIGNING_SECRET where Slack calls this bot.",
        )
    from adapters.slack.adapter import Slack  # it costs half a second to import

    return Slack(
        parts.desk,
        bot_token=bot.get_secret_value(),
        app_token=app.get_secret_value() if app else "",
        signing_secret=secret.get_secret_value() if secret else "",
        api_url=settings.slack_api_url,
    )


async def _check_telegram(parts: Parts) -> str:
    settings = parts.settings
    if settings.telegram_bot_token is None:
        return ""
    from adapters.telegram.checking import check

    finding = await check(settings.telegram_bot_token.get_secret_value(), settings.telegram_api_url)
    admins = sum(key.startswith("telegram:") for key in settings.admins)
    return f"{finding}; admins: {admins:,}"


async def _check_slack(parts: Parts) -> str:
    settings = parts.settings
    bot, app = settings.slack_bot_token, settings.slack_app_token
    if bot is None:
        return ""
    from adapters.slack.checking import check

    _build_slack(parts)  # names what is missing
    token = app.get_secret_value() if app else ""
    finding = await check(bot.get_secret_value(), token, settings.slack_api_url)
    admins = sum(key.startswith("slack:") for key in settings.admins)
    return f"{finding}; admins: {admins:,}"


def make_slack_manifest(address: str) -> dict[str, Any]:
    """The manifest of the Slack app. Raises SettingsError for an address that Slack refuses."""
    if address and not address.startswith("https://"):
        raise SettingsError(f"{address} does not begin with https://.", "Slack calls no other.")
    from adapters.slack.manifest import make_manifest

    return make_manifest(address.rstrip("/"))


PLATFORMS: Mapping[str, Callable[[Parts], Adapter | None]] = {
    "telegram": _build_telegram,
    "slack": _build_slack,
}

# What a platform says of the bot, or "" where it is not set up. Raises OpenbookError.
CHECKS: Mapping[str, Callable[[Parts], Awaitable[str]]] = {
    "telegram": _check_telegram,
    "slack": _check_slack,
}
