"""What the doctor looks at for `openbook serve`: the ledger, the port, upkeep, staff and traces."""

import socket
from importlib.util import find_spec
from urllib.parse import urlsplit

from bot.checks import Check, State
from bot.ledger.checking import check_ledger as look_at_ledger
from bot.platforms import is_set_up
from bot.schedule import find_next, tell_time
from bot.serving import PORT
from bot.wiring import Parts


async def check_ledger(parts: Parts) -> Check:
    where, ready = await look_at_ledger(parts.settings.database_url)
    if not ready:
        finding = f"{where}: its tables are made or brought up to date when serving begins"
        return Check("ledger", State.OK, finding)
    return Check("ledger", State.OK, f"{where} can be written to")


async def check_port(parts: Parts) -> Check:
    settings = parts.settings
    called = settings.public_url or (
        settings.slack_signing_secret is not None and settings.slack_app_token is None
    )
    port = settings.port or (PORT if called else None)
    if port is None:
        return Check("port", State.OK, "none: no platform calls, and there are no health pages")
    address = settings.public_url or ""
    if address and (wrong := _find_fault(address)):
        return Check(
            "port",
            State.WARNING,
            f"OPENBOOK_PUBLIC_URL {wrong}",
            "Platforms call https addresses that the whole internet can reach, without a path.",
        )
    if not _is_free(port):
        return Check(
            "port",
            State.WARNING,
            f"{port} is in use",
            "That is right while `openbook serve` runs; else set PORT to another.",
        )
    return Check(
        "port", State.OK, f"{port} is free" + (f", called at {address}" if address else "")
    )


async def check_upkeep(parts: Parts) -> Check:
    settings = parts.settings
    found = []
    if settings.reindex:
        moment = find_next(settings.reindex, tell_time())
        found.append(f"next scheduled index run at {moment}")
    if settings.watch:
        found.append("the folder is watched")
    if not found:
        return Check("upkeep", State.OK, "index runs begin by hand alone")
    return Check("upkeep", State.OK, "; ".join(found))


async def check_staff(parts: Parts) -> Check:
    settings, place = parts.settings, parts.settings.staff_place
    if place is None:
        if settings.gaps_digest:
            return Check(
                "staff",
                State.WARNING,
                "OPENBOOK_GAPS_DIGEST is set, but there is no staff chat to tell",
                "Set OPENBOOK_STAFF_CHAT too.",
            )
        return Check("staff", State.OK, "no staff chat: nobody can be asked instead of the bot")
    if not is_set_up(settings, place.platform):
        return Check(
            "staff",
            State.FAILED,
            f"the staff chat {place.room} is on {place.platform.capitalize()}, which is not set up",
            "Set up that platform, or name another chat in OPENBOOK_STAFF_CHAT.",
        )
    return Check("staff", State.OK, f"{place.room} is asked where the bot has no answer")


async def check_traces(parts: Parts) -> Check:
    endpoint = parts.settings.traces_endpoint
    if endpoint is None:
        return Check("traces", State.OK, "none are sent")
    if find_spec("opentelemetry") is None:
        return Check(
            "traces",
            State.WARNING,
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the extra `traces` is not installed",
            "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http",
        )
    host = urlsplit(endpoint).hostname
    return Check("traces", State.OK, f"sent to {host}")


CHECKS = {
    "ledger": check_ledger,
    "port": check_port,
    "upkeep": check_upkeep,
    "staff": check_staff,
    "traces": check_traces,
}


def _find_fault(address: str) -> str:
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return "does not begin with https://"
    if host in ("localhost", "127.0.0.1", "::1") or "." not in host:
        return f"names {host or 'no host'}, which the internet cannot reach"
    return "has a path" if parts.path.strip("/") else ""


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("", port))
        except OSError:
            return False
    return True
