"""A strict Messages API on loopback: it rejects what the real one rejects, answers from a script, logs what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "test-key-of-no-value"
_ALLOWED = {
    "model", "max_tokens", "messages", "system", "stream", "output_config", "metadata", "stop_sequences", "thinking",
    "tools", "tool_choice", "cache_control", "service_tier",
}  # fmt: skip
_REQUIRED = ("model", "max_tokens", "messages")
_BAD_KEYWORDS = {"minimum", "maximum", "minLength", "maxLength", "pattern", "oneOf", "$ref", "maxItems", "multipleOf"}
_MODELS = {"claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"}
_EFFORTS = {"low", "medium", "high", "xhigh", "max"}


@dataclass(frozen=True)
class Step:
    """One answer of the script."""

    text: str = ""
    status: int = 200
    kind: str = ""
    stop_reason: str = "end_turn"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cut_after: int | None = None
    """Break the connection after so many events."""
    error_in_stream: str | None = None
    empty: bool = False
    raw: bytes | None = None
    """A body that is no stream of the API's, in its place."""


Responder = Callable[[dict[str, Any]], Step]


@dataclass
class FakeApi:
    """The running fake."""

    url: str = ""
    script: list[Step] = field(default_factory=list[Step])
    respond: Responder | None = None
    """Answers once the script is used up."""
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    rejected: list[str] = field(default_factory=list[str])
    wire: list[str] = field(default_factory=list[str])
    """Every request as it came over the wire: its line, its headers, its body."""

    def next_step(self, body: dict[str, Any]) -> Step:
        """What comes next."""
        if self.script:
            return self.script.pop(0)
        return self.respond(body) if self.respond else Step('{"basis": "", "statements": []}')

    @property
    def sent(self) -> str:
        """Everything that ever arrived."""
        return json.dumps(self.bodies)


def problem_of(headers: dict[str, str], body: dict[str, Any]) -> tuple[int, str, str] | None:
    """Status, type and text of the rejection; None for what the real one would take."""
    if headers.get("authorization") != f"Bearer {KEY}":
        return 401, "authentication_error", "invalid bearer token"
    if not headers.get("anthropic-version"):
        return 400, "invalid_request_error", "anthropic-version: header is required"
    if "json" not in headers.get("content-type", ""):
        return 400, "invalid_request_error", "content-type must be application/json"
    if body.get("model") not in _MODELS:
        return 404, "not_found_error", "model"
    wrong = next(_wrong(body), None)
    return (400, "invalid_request_error", wrong) if wrong else None


def _wrong(body: dict[str, Any]) -> Iterator[str]:
    for name in sorted(set(body) - _ALLOWED):
        yield f"{name}: extra inputs are not permitted"
    for name in _REQUIRED:
        if name not in body:
            yield f"{name}: field required"
    if not isinstance(body.get("max_tokens"), int) or not 1 <= body["max_tokens"] <= 128_000:
        yield "max_tokens: out of range"
    if body["model"] == "claude-opus-5-5" and "thinking" in body and body["thinking"].get("type") != "adaptive":
        yield "thinking: not supported"
    if body["model"] == "claude-opus-5-5" and body.get("tool_choice", {}).get("type") in {"any", "tool"}:
        yield "tool_choice: forced tools are not supported"
    yield from _wrong_turns(body.get("messages", []))
    yield from _wrong_output(body.get("output_config", {}))


def _wrong_turns(messages: list[dict[str, Any]]) -> Iterator[str]:
    roles = [one.get("role") for one in messages]
    if not roles or roles[0] != "user" or any(one not in {"user", "assistant"} for one in roles):
        yield "messages: roles"
    if roles and roles[-1] == "assistant":
        yield "messages: prefill is not supported"
    for one in messages:
        content = one.get("content")
        if not content or any(block.get("type") == "text" and not block.get("text") for block in content):
            yield "messages: text content blocks must be non-empty"


def _wrong_output(config: dict[str, Any]) -> Iterator[str]:
    if set(config) - {"format", "effort"}:
        yield "output_config: extra inputs are not permitted"
    if config.get("effort", "high") not in _EFFORTS:
        yield "output_config.effort"
    if "format" in config:
        if config["format"].get("type") != "json_schema":
            yield "output_config.format.type"
        yield from _wrong_schema(config["format"].get("schema"))


def _wrong_schema(schema: Any) -> Iterator[str]:
    if not isinstance(schema, dict) or "type" not in schema:
        yield "schema: type is required"
        return
    for name in sorted(set(schema) & _BAD_KEYWORDS):
        yield f"schema: {name} is not supported"
    if schema["type"] == "object":
        if schema.get("additionalProperties") is not False:
            yield "schema: additionalProperties must be false"
        for child in schema.get("properties", {}).values():
            yield from _wrong_schema(child)
    if schema["type"] == "array":
        yield from _wrong_schema(schema.get("items"))


def _events(step: Step, model: str) -> Iterator[tuple[str, dict[str, Any]]]:
    usage = {"input_tokens": 100, "output_tokens": 1, "cache_creation_input_tokens": 7, "cache_read_input_tokens": 3}
    message: dict[str, Any] = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": usage,
    }  # fmt: skip
    yield "message_start", {"message": message}
    yield "ping", {}
    if not step.empty:
        yield "content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}
        middle = len(step.text) // 2
        for piece in (step.text[:middle], step.text[middle:]):
            yield "content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": piece}}
            if step.error_in_stream:
                yield "error", {"error": {"type": step.error_in_stream, "message": "broken"}}
                return
        yield "content_block_stop", {"index": 0}
    yield (
        "message_delta",
        {"delta": {"stop_reason": step.stop_reason, "stop_sequence": None}, "usage": {"output_tokens": 50}},
    )
    yield "message_stop", {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: FakeApi

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.loads(raw)
        self.api.wire.append(f"{self.requestline}\n{self.headers}\n{raw.decode()}")
        self.api.bodies.append(body)
        if self.path != "/v1/messages":
            self._error(404, "not_found_error", "no such path")
            return
        problem = problem_of({name.lower(): value for name, value in self.headers.items()}, body)
        if problem:
            self.api.rejected.append(problem[2])
            self._error(*problem)
            return
        step = self.api.next_step(body)
        if step.status != 200:
            self._error(step.status, step.kind, "scripted", step.headers)
        elif body.get("stream"):
            self._stream(step, body["model"])
        else:
            self._whole(step, body["model"])

    def _error(self, status: int, kind: str, text: str, headers: dict[str, str] | None = None) -> None:
        error = {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_x"}
        self._json(status, error, headers or {})

    def _json(self, status: int, value: dict[str, Any], headers: dict[str, str]) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {**headers, "content-type": "application/json"}.items():
            self.send_header(name, text)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _whole(self, step: Step, model: str) -> None:
        message = next(_events(step, model))[1]["message"]
        content = [] if step.empty else [{"type": "text", "text": step.text}]
        self._json(200, {**message, "content": content, "stop_reason": step.stop_reason}, {})

    def _stream(self, step: Step, model: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("request-id", "req_fake")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if step.raw is not None:
            if step.raw:
                self._chunk(step.raw)
            self._chunk(b"")
            return
        for number, (name, data) in enumerate(_events(step, model)):
            if step.cut_after is not None and number >= step.cut_after:
                self.close_connection = True
                self.wfile.flush()
                self.connection.shutdown(2)
                return
            self._chunk(f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode())
        self._chunk(b"")

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
        """Keep quiet."""


@contextmanager
def fake_api() -> Iterator[FakeApi]:
    """A fake that runs until the block is left."""
    api = FakeApi()
    handler = type("Handler", (_Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
