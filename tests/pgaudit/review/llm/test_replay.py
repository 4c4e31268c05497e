"""Answers that were recorded: asked once, given again, refused where the question has changed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pgaudit.cli.review_choices import Given, ModelChoices, chosen
from pgaudit.cli.review_llm import announcement, model_request
from pgaudit.config import Configuration, Loaded
from pgaudit.errors import BadConfiguration
from pgaudit.review.backends.anthropic.backend import ModelBackend, Settings, planned_for
from pgaudit.review.backends.anthropic.caller import AnthropicCaller
from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.backends.replay import RecordingCaller, ReplayCaller, read_exchanges
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Mode
from pgaudit.review.evidence.records import Pack
from pgaudit.review.redaction.wire import Redaction, Redactor
from tests.pgaudit.review.fake_api import KEY, FakeApi
from tests.pgaudit.review.llm.models import SECRET, of_the_model, perfect, speaking


def test_the_same_evidence_is_asked_about_once_and_answered_again(
    api: FakeApi, demo_pack: Pack, tmp_path: Path
) -> None:
    api.respond = speaking(perfect)
    path = tmp_path / "answers.json"
    redactor = Redactor(demo_pack, Redaction.NAMES, SECRET)
    caller = RecordingCaller(AnthropicCaller(KEY, api.url), path)
    decisions = decide(demo_pack)
    first = ModelBackend(caller, redactor, Settings()).write(demo_pack, decisions, Format.CARD)
    asked = len(api.bodies)
    assert ModelBackend(caller, redactor, Settings()).write(demo_pack, decisions, Format.CARD) == first
    replayed = ModelBackend(ReplayCaller(read_exchanges(path)), redactor, Settings(mode=Mode.REPLAY))
    again = replayed.write(demo_pack, decisions, Format.CARD)
    assert again.claims == first.claims  # type: ignore[union-attr]
    assert replayed.reviewer.mode is Mode.REPLAY
    assert replayed.ledger.usage.output_tokens == 0
    assert len(api.bodies) == asked > 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KEY not in path.read_text()


def test_an_answer_that_cannot_be_recorded_is_given_all_the_same(
    api: FakeApi, demo_pack: Pack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    api.respond = speaking(perfect)
    path = tmp_path / "gone" / "answers.json"
    backend = ModelBackend(
        RecordingCaller(AnthropicCaller(KEY, api.url), path), Redactor(demo_pack, Redaction.NAMES, SECRET), Settings()
    )
    assert of_the_model(backend.write(demo_pack, decide(demo_pack), Format.CARD))
    assert f"path={path} problem=No such file or directory" in caplog.text


def test_a_replay_is_held_to_no_limit_of_cost(demo_pack: Pack) -> None:
    by = chosen(Given(max_cost_usd=0.0), Loaded(Configuration(), None), {})
    request = model_request(ModelChoices(wanted=True, replay=Path("answers.json")), by, {})
    assert request.settings.max_cost_usd is None
    planned = planned_for(
        demo_pack,
        OfflineBackend().write(demo_pack, decide(demo_pack), Format.CARD),
        Redactor(demo_pack, Redaction.NAMES, SECRET),
        request.settings,
    )
    assert "cost: none" in list(announcement(planned, request))


def test_other_evidence_finds_no_recorded_answer(demo_pack: Pack) -> None:
    backend = ModelBackend(ReplayCaller({}), Redactor(demo_pack, Redaction.NAMES, SECRET), Settings(mode=Mode.REPLAY))
    backend.write(demo_pack, decide(demo_pack), Format.CARD)
    assert backend.reviewer.mode is Mode.OFFLINE
    assert "no answer to this request is recorded" in (backend.reviewer.reason or "")


@pytest.mark.parametrize("content", ["", "{}", '{"schema": "pgaudit-exchanges/9", "answers": {}}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "answers.json"
    path.write_text(content)
    with pytest.raises(BadConfiguration):
        read_exchanges(path)
