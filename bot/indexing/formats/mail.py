"""E-mails: subject, people, date, the text, and attachments that can be read."""

from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from bot.errors import DocumentError
from bot.indexing.formats import html, parsing
from bot.indexing.formats.decoding import decode
from bot.indexing.formats.endings import ENDINGS, find_ending
from bot.indexing.formats.normalising import clean, normalise
from bot.indexing.formats.parsed import Parsed

_SHOWN_HEADERS = ("From", "To", "Cc", "Date")


def parse(data: bytes, _ending: str) -> Parsed:
    message = message_from_bytes(data, policy=policy.default)
    subject = _header(message, "Subject")
    headers = [f"{name}: {text}" for name in _SHOWN_HEADERS if (text := _header(message, name))]
    body = _read_body(message)
    parts, warnings = [body.text], body.warnings
    for attachment in message.iter_attachments():
        text, warning = _read_attachment(attachment)
        parts.append(text)
        warnings += warning
    if not subject and not any(parts):
        return Parsed("")
    heading = f"# {subject}" if subject else ""
    text = "\n\n".join(filter(None, [heading, "\n".join(headers), *parts]))
    return Parsed(text, title=subject, warnings=warnings)


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(clean(str(message.get(name, ""))).split())


def _read_body(message: EmailMessage) -> Parsed:
    body = message.get_body(("html", "plain"))
    if body is None:
        return Parsed("")
    text, warnings = decode(_payload(body), body.get_content_charset(""))
    if body.get_content_type() == "text/html":
        return html.parse_text(text, warnings)
    return Parsed(normalise(text), warnings=warnings)


def _read_attachment(attachment: MIMEPart) -> tuple[str, tuple[str, ...]]:
    name = " ".join(clean(attachment.get_filename("")).split())
    format_ = ENDINGS.get(find_ending(name))
    if format_ is None or format_ == "eml":
        return f"Attachment: {name}" if name else "", ()
    try:
        parsed = parsing.parse(name, _payload(attachment))
    except DocumentError as error:
        return f"Attachment: {name}", (f"Attachment {name}: {error.problem}",)
    warnings = tuple(f"Attachment {name}: {warning}" for warning in parsed.warnings)
    return f"## {name}\n\n{parsed.text}", warnings


def _payload(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
