"""Who may read: on a loopback address whoever is on the machine, elsewhere whoever knows the token."""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from importlib import resources
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ["127.0.0.1", "localhost"]
"""Names that a browser on the same machine uses; another name that leads here is somebody's trick."""
FEWEST_CHARACTERS = 16
_COOKIE = "pgaudit_token"
_OPEN_PATHS = frozenset({"/style.css"})
_LONGEST_FORM_BYTES = 4096
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class TokenGate:
    """Lets pass who sends the token as `Authorization: Bearer`, or has typed it into the form before."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token
        self._pass = hmac.new(token.encode(), b"pgaudit reader", hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if request.url.path in _OPEN_PATHS or self._may_read(request):
            await self._app(scope, receive, send)
            return
        is_attempt = request.method == "POST" and request.url.path == "/login"
        answer = await self._let_in(request) if is_attempt else _asks(HTTPStatus.UNAUTHORIZED)
        await answer(scope, receive, send)

    def _may_read(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _same(given.strip(), self._token):
            return True
        return _same(request.cookies.get(_COOKIE, ""), self._pass)

    async def _let_in(self, request: Request) -> Response:
        form = b""
        async for part in request.stream():
            form += part
            if len(form) > _LONGEST_FORM_BYTES:
                return _asks(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        given = parse_qs(form.decode("utf-8", "replace")).get("token", [""])[0]
        if not _same(given, self._token):
            return _asks(HTTPStatus.FORBIDDEN)
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER, _HEADERS)
        secure = request.url.scheme == "https"
        answer.set_cookie(_COOKIE, self._pass, httponly=True, samesite="strict", secure=secure)
        return answer


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), known.encode("utf-8", "replace"))


def _asks(status: HTTPStatus) -> Response:
    text = resources.files("pgaudit.serving").joinpath("templates", "login.html").read_text(encoding="utf-8")
    return HTMLResponse(text, status, {**_HEADERS, "WWW-Authenticate": 'Bearer realm="pgaudit"'})
