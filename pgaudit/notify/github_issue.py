"""One rolling issue for each target: its text is what is open now, a comment says what became new or worse,
and whether it can be audited at all.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from pgaudit.notify.message import Message
from pgaudit.notify.sending import send

_ISSUE_CHARACTERS = 60_000


def update_issue(api: str, token: str, repository: str, message: Message) -> None:
    """Open, rewrite or close the target's issue. Raises DeliveryError."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "Content-Type": "application/json",
        "User-Agent": "pgaudit",
    }
    base = f"{api.rstrip('/')}/repos/{quote(repository)}/issues"
    marker = f"<!-- pgaudit:{message.target.replace('--', '- -')} -->"

    def call(method: str, url: str, **fields: object) -> Any:
        body = msgspec.json.encode(fields) if fields else None
        return msgspec.json.decode(send(method, url, body, headers).data or b"null")

    text = "\n".join([marker, "", f"**{_plain(message.title)}**", "", *(f"- {_plain(line)}" for line in message.lines)])
    text = text[:_ISSUE_CHARACTERS]
    state = "open" if message.open_findings or message.failure else "closed"
    found = _existing(call("GET", f"{base}?state=all&labels=pgaudit&per_page=100"), marker)
    if found is None:
        if state == "open":
            call("POST", base, title=f"Database audit of {message.target}", body=text, labels=["pgaudit"])
        return
    if found.get("body") == text and found.get("state") == state:
        return  # an earlier attempt came this far
    call("PATCH", f"{base}/{found['number']}", body=text, state=state)
    is_loud = any(message.counts.get(word) for word in ("new", "reopened", "worse"))
    if is_loud or message.failure or message.is_audited_again:
        call("POST", f"{base}/{found['number']}/comments", body=text)


def _existing(listed: list[dict[str, Any]], marker: str) -> dict[str, Any] | None:
    return next((one for one in listed if marker in (one.get("body") or "")), None)


def _plain(text: str) -> str:
    """No Markdown, no mention of anybody."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in text).replace(
        "@", "@\u200b"
    )
