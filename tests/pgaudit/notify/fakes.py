"""Peers on loopback that do what the real ones do with the requests we make."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class WebPeer:
    """An HTTP server that keeps what it accepted. While `refuse` is set every request gets that status."""

    url: str = ""
    refuse: int | None = None
    accepted: list[Request] = field(default_factory=list)
    refused: int = 0

    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and JSON of an accepted request."""
        del request
        return 200, {}


@dataclass
class GithubPeer(WebPeer):
    """The four calls of GitHub's issues that we make."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> tuple[int, Any]:
        path = request.path.partition("?")[0]
        if request.headers.get("authorization") != "Bearer t0ken" or not path.startswith("/repos/owner/shop/issues"):
            return 401, {"message": "Bad credentials"}
        rest = path.removeprefix("/repos/owner/shop/issues").strip("/")
        if request.method == "GET":
            return 200, self.issues
        if request.method == "POST" and not rest:
            self.issues.append({**request.json, "number": len(self.issues) + 1, "state": "open"})
            return 201, self.issues[-1]
        if request.method == "PATCH":
            self.issues[int(rest) - 1] |= request.json
            return 200, self.issues[int(rest) - 1]
        self.comments.append(request.json["body"])
        return 201, {}


@contextmanager
def serving(peer: WebPeer) -> Generator[None]:
    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, body)
            if peer.refuse is not None:
                peer.refused += 1
                status: int = peer.refuse
                content: Any = {}
            else:
                status, content = peer.answer(request)
                peer.accepted.append(request)
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - the library's names

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def mail_server(port: int) -> Generator[list[Message]]:
    """An SMTP server that keeps what it was given."""
    received: list[Message] = []

    class Keep(MessageHandler):
        def handle_message(self, message: Message) -> None:
            received.append(message)

    controller = Controller(Keep(EmailMessage), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield received
    finally:
        controller.stop()
