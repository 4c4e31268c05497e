"""The real SDK against the fake: what is retried, what ends everything, what is said about it."""

from __future__ import annotations

import pytest

from pgaudit.review.backends.anthropic.caller import AnthropicCaller
from pgaudit.review.backends.anthropic.exchange import DEFAULT_MODEL, AskFailedError, Lost, Request, Usage
from pgaudit.review.backends.anthropic.places import Unit
from pgaudit.review.backends.anthropic.prompt import request_for
from tests.pgaudit.review.fake_api import KEY, FakeApi, Step
from tests.pgaudit.review.llm.models import no_sleep


def a_request(model: str = DEFAULT_MODEL) -> Request:
    return request_for([], Unit((), "a part", (), (), ()), model=model, effort="high", max_tokens=1000)


def asked(api: FakeApi, key: str = KEY, model: str = DEFAULT_MODEL, seconds: float = 60) -> str:
    caller = AnthropicCaller(key, api.url, sleep=no_sleep)
    return caller.ask(a_request(model), seconds_left=seconds, lost=asks_again).text


def asks_again(_most: Usage) -> bool:
    return True


def noting(told: list[Usage]) -> Lost:
    def lost(most: Usage) -> bool:
        told.append(most)
        return True

    return lost


def failed(api: FakeApi, key: str = KEY, model: str = DEFAULT_MODEL) -> AskFailedError:
    with pytest.raises(AskFailedError) as caught:
        asked(api, key, model)
    return caught.value


def test_an_answer_is_streamed_with_its_usage_and_its_request(api: FakeApi) -> None:
    api.script = [Step('{"a": "größer"}')]
    answer = AnthropicCaller(KEY, api.url).ask(a_request(), seconds_left=60, lost=asks_again)
    assert answer.text == '{"a": "größer"}'
    assert (answer.stop_reason, answer.request_id) == ("end_turn", "req_fake")
    assert (answer.usage.all_input_tokens, answer.usage.output_tokens) == (110, 50)
    assert api.bodies[0]["stream"] is True
    assert api.rejected == []


@pytest.mark.parametrize(
    "first",
    [
        Step(status=429, kind="rate_limit_error", headers={"retry-after": "1"}),
        Step(status=529, kind="overloaded_error"),
        Step(status=500, kind="api_error"),
        Step("half an ans", cut_after=3),
        Step("half an ans", error_in_stream="overloaded_error"),
    ],
    ids=["429", "529", "500", "cut stream", "error in the stream"],
)
def test_what_passes_is_asked_again(api: FakeApi, first: Step) -> None:
    api.script = [first, Step("whole")]
    assert asked(api) == "whole"
    assert len(api.bodies) == 2


BROKEN = [Step("half an ans", cut_after=3), Step("half an ans", error_in_stream="overloaded_error")]


@pytest.mark.parametrize("first", BROKEN, ids=["cut stream", "error in the stream"])
def test_an_answer_that_broke_off_is_told_as_the_most_it_may_have_used(api: FakeApi, first: Step) -> None:
    api.script = [first, Step("whole")]
    told: list[Usage] = []
    AnthropicCaller(KEY, api.url, sleep=no_sleep).ask(a_request(), seconds_left=60, lost=noting(told))
    # the fake says 100 read, 7 written to the cache and 3 read from it as it begins; 1000 tokens were allowed
    assert told == [Usage(100, 1000, 7, 3)]


@pytest.mark.parametrize("first", BROKEN, ids=["cut stream", "error in the stream"])
def test_an_answer_that_broke_off_is_not_asked_for_again_against_the_limit(api: FakeApi, first: Step) -> None:
    api.script = [first, Step("whole")]
    with pytest.raises(AskFailedError, match="limit of cost"):
        AnthropicCaller(KEY, api.url, sleep=no_sleep).ask(a_request(), seconds_left=60, lost=lambda _: False)
    assert len(api.bodies) == 1


def test_a_stream_that_ends_before_it_has_begun_is_no_cost(api: FakeApi) -> None:
    api.script = [Step(cut_after=0), Step("whole")]
    told: list[Usage] = []
    AnthropicCaller(KEY, api.url, sleep=no_sleep).ask(a_request(), seconds_left=60, lost=noting(told))
    assert (told, len(api.bodies)) == ([], 2)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>Sign in to the network</html>\n\n",
        b"event: message_start\ndata: {\n\n",
        b'event: message_start\ndata: {"type": "message_start"}\n\n',
        b'event: message_start\ndata: {"type": "message_start", "message": {"id": "1"}}\n\n',
    ],
    ids=["nothing", "a page", "no JSON", "no message", "no usage"],
)
def test_what_is_not_the_messages_api_is_said_once(api: FakeApi, raw: bytes) -> None:
    api.script = [Step(raw=raw)]
    error = failed(api)
    assert (error.ends_all, len(api.bodies)) == (True, 1)
    assert error.reason == "what answered is not the Messages API"


def test_a_wait_of_a_day_is_not_waited_for(api: FakeApi) -> None:
    api.script = [Step(status=429, kind="rate_limit_error", headers={"retry-after": "86400"})]
    error = failed(api)
    assert (error.ends_all, len(api.bodies)) == (True, 1)
    assert "outlast" in error.reason


def test_attempts_end_after_four(api: FakeApi) -> None:
    api.script = [Step(status=529, kind="overloaded_error")] * 9
    assert "overloaded, 4 times" in failed(api).reason
    assert len(api.bodies) == 4


@pytest.mark.parametrize(("status", "kind"), [(402, "billing_error"), (403, "permission_error")])
def test_what_no_other_request_would_pass_ends_all(api: FakeApi, status: int, kind: str) -> None:
    api.script = [Step(status=status, kind=kind)]
    error = failed(api)
    assert (error.ends_all, len(api.bodies)) == (True, 1)


def test_a_wrong_key_ends_all_and_is_not_repeated(api: FakeApi) -> None:
    error = failed(api, key="sk-wrong-and-secret")
    assert error.ends_all
    assert "401" in error.reason
    assert "wrong-and-secret" not in error.reason


def test_a_model_that_is_not_there_ends_all(api: FakeApi) -> None:
    assert failed(api, model="claude-none").ends_all


def test_a_request_that_is_refused_is_not_repeated(api: FakeApi) -> None:
    api.script = [Step(status=400, kind="invalid_request_error")]
    error = failed(api)
    assert (error.ends_all, len(api.bodies)) == (False, 1)


def test_no_network_is_said_and_ends_all(api: FakeApi) -> None:
    with pytest.raises(AskFailedError, match="could not be reached, 4 times") as caught:
        AnthropicCaller(KEY, "http://127.0.0.1:1", sleep=no_sleep).ask(a_request(), seconds_left=60, lost=asks_again)
    assert caught.value.ends_all
    assert api.bodies == []


def test_a_proxy_in_the_environment_that_does_not_answer_is_said(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert "could not be reached" in failed(api).reason


def test_no_time_left_sends_nothing(api: FakeApi) -> None:
    with pytest.raises(AskFailedError, match="time for the review"):
        asked(api, seconds=0)
    assert api.bodies == []


def test_the_environment_neither_redirects_nor_authenticates(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "another")
    api.script = [Step("here")]
    assert asked(api) == "here"


def test_the_key_is_in_no_representation() -> None:
    assert KEY not in repr(AnthropicCaller(KEY))
