"""The real SDK against the fake: what is retried, what ends everything, what is said about it."""

from __future__ import annotations

import pytest

from pgaudit.review.backends.anthropic.backend import DEFAULT_MODEL
from pgaudit.review.backends.anthropic.caller import AnthropicCaller
from pgaudit.review.backends.anthropic.exchange import AskFailedError, Request
from pgaudit.review.backends.anthropic.places import Unit
from pgaudit.review.backends.anthropic.prompt import request_for
from tests.pgaudit.review.fake_api import KEY, FakeApi, Step
from tests.pgaudit.review.llm.models import no_sleep


def a_request(model: str = DEFAULT_MODEL) -> Request:
    return request_for([], Unit((), "a part", (), (), ()), model=model, effort="high", max_tokens=1000)


def asked(api: FakeApi, key: str = KEY, model: str = DEFAULT_MODEL, seconds: float = 60) -> str:
    return AnthropicCaller(key, api.url, sleep=no_sleep).ask(a_request(model), seconds_left=seconds).text


def failed(api: FakeApi, key: str = KEY, model: str = DEFAULT_MODEL) -> AskFailedError:
    with pytest.raises(AskFailedError) as caught:
        asked(api, key, model)
    return caught.value


def test_an_answer_is_streamed_with_its_usage_and_its_request(api: FakeApi) -> None:
    api.script = [Step('{"a": "größer"}')]
    answer = AnthropicCaller(KEY, api.url).ask(a_request(), seconds_left=60)
    assert answer.text == '{"a": "größer"}'
    assert (answer.stop_reason, answer.attempts, answer.request_id) == ("end_turn", 1, "req_fake")
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
        AnthropicCaller(KEY, "http://127.0.0.1:1", sleep=no_sleep).ask(a_request(), seconds_left=60)
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
