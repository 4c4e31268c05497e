"""Where messages go: Slack, a signed webhook, e-mail, one rolling GitHub issue."""

from __future__ import annotations

import hashlib
import hmac
import smtplib
import ssl
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from pgaudit.errors import BadConfiguration
from pgaudit.notify.github_issue import update_issue
from pgaudit.notify.message import Message
from pgaudit.notify.sending import DeliveryError, send

_SLACK_BLOCKS = 50
_SLACK_CHARACTERS = 3000
_MAIL_TIMEOUT_S = 20
_VARIABLES = {"slack": "SLACK_WEBHOOK_URL", "mail": "SMTP_URL"}
"""Where the environment may name the place of a channel of a kind."""

Deliver = Callable[[Message], None]


class Channel(msgspec.Struct, frozen=True):
    """A way to somebody. Delivering raises DeliveryError."""

    name: str
    """Kind and place, without a secret: what the store and messages call it."""
    deliver: Deliver


def parse_channel(text: str, environment: Mapping[str, str]) -> Channel:
    """The channel of `KIND=PLACE`, or of a kind whose place the environment names.

    `slack=URL` or SLACK_WEBHOOK_URL; `webhook=URL`, signed with PGAUDIT_WEBHOOK_SECRET;
    `mail=smtp://USER:PASSWORD@HOST:PORT/?from=A&to=B` or SMTP_URL; `github=OWNER/REPOSITORY` with GITHUB_TOKEN.

    Raises BadConfiguration.
    """
    kind, _, place = text.partition("=")
    match kind:
        case "slack":
            url = _url(text, place or environment.get(_VARIABLES["slack"], ""), ("https", "http"))
            return Channel("slack", lambda message: _slack(url, message))
        case "webhook":
            url = _url(text, place, ("https", "http"))
            secret = environment.get("PGAUDIT_WEBHOOK_SECRET", "")
            return Channel(f"webhook {urlsplit(url).hostname}", lambda message: _webhook(url, secret, message))
        case "mail":
            url = _url(text, place or environment.get(_VARIABLES["mail"], ""), ("smtp", "smtps"))
            _addresses(url)
            return Channel("mail", lambda message: _mail(url, message))
        case "github" if place.count("/") == 1:
            token = environment.get("GITHUB_TOKEN", "")
            if not token:
                raise BadConfiguration("--notify", "GITHUB_TOKEN is not set", "give one that may write issues")
            api = environment.get("GITHUB_API_URL", "https://api.github.com")
            return Channel(f"github {place}", lambda message: update_issue(api, token, place, message))
        case _:
            known = "slack=URL, webhook=URL, mail=smtp://HOST/?from=A&to=B or github=OWNER/REPOSITORY"
            raise BadConfiguration("--notify", f"{kind!r} is no channel", f"write {known}")


def _url(option: str, url: str, schemes: tuple[str, ...]) -> str:
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        kind = option.partition("=")[0]
        variable = _VARIABLES.get(kind)
        advice = f"write {kind}={schemes[0]}://..." + (f", or {kind} alone and set {variable}" if variable else "")
        raise BadConfiguration("--notify", f"{kind} has no usable URL", advice)
    return url


def _slack(url: str, message: Message) -> None:
    lines = message.lines
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": message.title[:150]}}]
    blocks += [
        {"type": "section", "text": {"type": "mrkdwn", "text": _slack_text(line)[:_SLACK_CHARACTERS]}} for line in lines
    ]
    body = msgspec.json.encode({"text": _slack_text(message.title), "blocks": blocks[:_SLACK_BLOCKS]})
    send("POST", url, body, {"Content-Type": "application/json"})


def _slack_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _webhook(url: str, secret: str, message: Message) -> None:
    body = msgspec.json.encode(message)
    headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
    if secret:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Signature-256"] = f"sha256={digest}"
    send("POST", url, body, headers)


def _mail(url: str, message: Message) -> None:
    parts = urlsplit(url)
    sender, receivers = _addresses(url)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(receivers), message.title
    mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@pgaudit.invalid>"
    mail.set_content("\n".join([*message.lines, "", f"{message.open_findings} open findings"]))
    try:
        with _connected(parts.scheme, parts.hostname or "", parts.port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"{type(error).__name__} from the mail server {parts.hostname}") from error


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or smtplib.SMTP_SSL_PORT, timeout=_MAIL_TIMEOUT_S, context=context)
    server = smtplib.SMTP(host, port or smtplib.SMTP_PORT, timeout=_MAIL_TIMEOUT_S)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
    return server


def _addresses(url: str) -> tuple[str, list[str]]:
    query = parse_qs(urlsplit(url).query)
    sender, receivers = query.get("from", []), query.get("to", [])
    if len(sender) != 1 or not receivers:
        raise BadConfiguration("--notify", "mail needs ?from=ADDRESS&to=ADDRESS", "add them to the smtp:// URL")
    return sender[0], receivers
